/** Any thrown thing as a failure. Apart from failure.ts because it needs the client, which a command without a server does not load. */

import { CodedError, messageOf } from '@berth/base'
import { ClientError, type ClientErrorCode } from '@berth/kube'
import { StatusError } from '@berth/meta'
import { CliError, exitOfCli, type ExitCode, type Failure } from './failure.ts'

const exitOfClient = {
  Unreachable: 5,
  Untrusted: 5,
  CredentialPlugin: 5,
  Timeout: 6,
  Aborted: 130,
  InvalidName: 2,
  BadKubeconfig: 2,
  Protocol: 1,
  StreamClosed: 1,
} as const satisfies Record<ClientErrorCode, ExitCode>

/** Codes of packages that are loaded when they are needed only. */
const exitOfOthers: { readonly [code: string]: ExitCode | undefined } = {
  /** Cancelled work. */
  Aborted: 130,
  /** Another engine has the data directory. */
  AlreadyRunning: 4,
  /** A backup does not replace a file. */
  Exists: 4,
  /** Users of the console. */
  NotFound: 3,
  Conflict: 4,
  BadRequest: 2,
  BadOptions: 2,
}

export function failureOf(error: unknown): Failure {
  if (error instanceof StatusError) return statusFailure(error)
  const next = error instanceof CodedError ? error.remedy : undefined
  const message = messageOf(error)
  if (error instanceof CliError) return { message, next, exitCode: exitOfCli[error.code] }
  if (error instanceof ClientError) return { message, next, exitCode: exitOfClient[error.code] }
  return { message, next, exitCode: (error instanceof CodedError ? exitOfOthers[error.code] : undefined) ?? 1 }
}

const nextOfStatus: { readonly [reason: string]: string | undefined } = {
  Unauthorized: 'Sign in again, or take a fresh kubeconfig.',
  Forbidden: 'Ask for the right, or use another context with --context.',
  NotFound: 'See what there is with `berth vm list -A`.',
  AlreadyExists: 'Choose another name, or delete the old one first.',
  Conflict: 'See the present state with `berth vm describe NAME`.',
  Invalid: 'Correct the named field and try again.',
  TooManyRequests: 'Try again in a moment.',
  ServiceUnavailable: 'Try again in a moment.',
}

const nextOfNamespace = 'See what there is with `kubectl get namespaces`.'

const nextOfName = 'Names have small letters, digits and "-" between them, like web-data-1.'

/** KubeVirt's refusals name the gate that is shut (most by its true name), not where it is opened. */
function gateRemedy(message: string): string | undefined {
  const gate = /\b([A-Z][a-z]+[A-Z]\w+) feature gate is not enabled/.exec(message)?.[1]
  if (gate === undefined) return undefined
  // The engine opens this gate by itself when it is told where the disks may lie.
  const elsewhere =
    gate === 'HostDisk' ? 'On the embedded engine: `berth up --host-disks FOLDER`. On a cluster: add' : 'Add'
  return `${elsewhere} "${gate}" to spec.configuration.developerConfiguration.featureGates: \`kubectl edit kubevirt -n kubevirt\`.`
}

function statusFailure(error: StatusError): Failure {
  const missing = /^namespaces "[^"]+" not found$/.test(error.message) ? nextOfNamespace : undefined
  const name = error.message.includes('RFC 1123') ? nextOfName : undefined
  const next = gateRemedy(error.message) ?? missing ?? name ?? nextOfStatus[error.code]
  // KubeVirt's and CDI's own checks are webhooks on a cluster: their names tell a person nothing.
  const message = error.message.replace(/^admission webhook "[^"]{1,200}\.kubevirt\.io" denied the request: +/, '')
  const base = { message, next }
  if (error.httpCode === 404) return { ...base, exitCode: 3 }
  if (error.httpCode === 504) return { ...base, exitCode: 6 }
  return { ...base, exitCode: error.httpCode >= 400 && error.httpCode < 500 ? 4 : 1 }
}
