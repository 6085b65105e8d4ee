/** Turns a kubeconfig's credentials into request headers and client certificates, renewing what expires. */

import { readFile } from 'node:fs/promises'
import { messageOf, type Clock } from '@berth/base'
import { isRecord } from './answer.ts'
import { ClientError } from './errors.ts'
import type { Connection, ExecPlugin } from './kubeconfig.ts'
import { systemClock } from './system-clock.ts'

/** Runs a credential command and gives its standard output. Passed in, because only programs start processes. */
export type PluginRunner = (invocation: {
  command: string
  args: string[]
  env: Record<string, string>
  /** The command may use the terminal. */
  interactive: boolean
}) => Promise<string>

export interface CredentialSource {
  headers(): Promise<Record<string, string>>
  /** A client certificate that came from a credential command. */
  certificate(): Promise<{ cert: string; key: string } | undefined>
  /** The server answered 401: forget what is cached. @returns whether another try can differ */
  rejected(): boolean
}

export interface CredentialOptions {
  runPlugin?: PluginRunner
  /** Whether credential commands may ask the user. */
  interactive?: boolean
  clock?: Clock
}

/** client-go reads token files again after a minute. */
const tokenFileMs = 60_000
/** Credentials count as expired a little early, so that a request under way does not fail. */
const earlyMs = 10_000

interface Issued {
  token?: string
  certificate?: { cert: string; key: string }
  expiresMs: number
}

export function credentialSource(connection: Connection, options: CredentialOptions = {}): CredentialSource {
  const { credentials } = connection
  const { clock = systemClock } = options
  let cached: Issued | undefined
  /** One command at a time, however many requests wait for it. */
  let pending: Promise<Issued> | undefined

  async function issue(): Promise<Issued> {
    switch (credentials.kind) {
      case 'token':
        return { token: credentials.token, expiresMs: Infinity }
      case 'tokenFile':
        return { token: await readToken(credentials.path), expiresMs: clock.now().getTime() + tokenFileMs }
      case 'exec':
        return runExec(credentials.plugin, connection, options)
      case 'none':
      case 'basic':
        break
    }
    return { expiresMs: Infinity }
  }

  async function current(): Promise<Issued> {
    if (cached !== undefined && clock.now().getTime() < cached.expiresMs) return cached
    pending ??= issue().finally(() => {
      pending = undefined
    })
    cached = await pending
    return cached
  }

  return {
    async headers() {
      const headers: Record<string, string> = {}
      if (connection.impersonate !== undefined) headers['impersonate-user'] = connection.impersonate.user
      if (credentials.kind === 'basic') {
        const pair = Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64')
        headers['authorization'] = `Basic ${pair}`
      }
      const { token } = await current()
      if (token !== undefined) headers['authorization'] = `Bearer ${token}`
      return headers
    },
    async certificate() {
      return (await current()).certificate
    },
    rejected() {
      cached = undefined
      return credentials.kind === 'exec' || credentials.kind === 'tokenFile'
    },
  }
}

async function readToken(path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).trim()
  } catch (cause) {
    throw new ClientError('BadKubeconfig', `cannot read token file ${path}: ${messageOf(cause)}`, { cause })
  }
}

async function runExec(plugin: ExecPlugin, connection: Connection, options: CredentialOptions): Promise<Issued> {
  const { runPlugin, interactive = false } = options
  if (runPlugin === undefined) {
    throw new ClientError(
      'CredentialPlugin',
      `credentials come from the command ${plugin.command}, which may not run here`,
    )
  }
  const mayAsk = plugin.interactiveMode !== 'Never' && interactive
  if (plugin.interactiveMode === 'Always' && !interactive) {
    throw new ClientError('CredentialPlugin', `${plugin.command} needs a terminal to sign in`, {
      remedy: 'Run this in a terminal.',
    })
  }
  const cluster = {
    server: connection.server,
    'tls-server-name': connection.serverName,
    'insecure-skip-tls-verify': connection.insecureSkipTlsVerify,
    'certificate-authority-data':
      connection.ca === undefined ? undefined : Buffer.from(connection.ca).toString('base64'),
  }
  const info = {
    apiVersion: plugin.apiVersion,
    kind: 'ExecCredential',
    spec: { interactive: mayAsk, ...(plugin.provideClusterInfo ? { cluster } : {}) },
  }
  let output: string
  try {
    const env = { ...plugin.env, KUBERNETES_EXEC_INFO: JSON.stringify(info) }
    output = await runPlugin({ command: plugin.command, args: plugin.args, env, interactive: mayAsk })
  } catch (cause) {
    throw new ClientError('CredentialPlugin', `credential command ${plugin.command} failed: ${messageOf(cause)}`, {
      cause,
      ...(plugin.installHint === undefined ? {} : { remedy: plugin.installHint }),
    })
  }
  return parseExecCredential(plugin, output)
}

function parseExecCredential(plugin: ExecPlugin, output: string): Issued {
  const nonsense = (why: string, cause?: unknown): ClientError =>
    new ClientError('CredentialPlugin', `credential command ${plugin.command} ${why}`, { cause })
  let credential: unknown
  try {
    credential = JSON.parse(output)
  } catch (cause) {
    throw nonsense('did not print JSON', cause)
  }
  if (!isRecord(credential) || credential['apiVersion'] !== plugin.apiVersion || !isRecord(credential['status'])) {
    throw nonsense(`did not print an ExecCredential of ${plugin.apiVersion} with a status`)
  }
  const { token, clientCertificateData, clientKeyData, expirationTimestamp } = credential['status']
  const issued: Issued = { expiresMs: Infinity }
  if (typeof token === 'string') issued.token = token
  if (typeof clientCertificateData === 'string' && typeof clientKeyData === 'string') {
    issued.certificate = { cert: clientCertificateData, key: clientKeyData }
  }
  if (issued.token === undefined && issued.certificate === undefined)
    throw nonsense('gave neither a token nor a certificate')
  if (typeof expirationTimestamp === 'string') {
    const expires = Date.parse(expirationTimestamp)
    if (Number.isNaN(expires)) throw nonsense(`gave the time "${expirationTimestamp}", which is none`)
    issued.expiresMs = expires - earlyMs
  }
  return issued
}
