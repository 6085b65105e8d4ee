/** Whose tokens are taken, and what is kept of what they do: Kubernetes' own configuration files, read at the start. */

import { readFile } from 'node:fs/promises'
import { messageOf } from '@berth/base'
import {
  defaultIssuer,
  parseAuditPolicy,
  parseAuthenticationConfiguration,
  type ControlPlaneOptions,
} from '@berth/apiserver'
import { EngineError } from '../errors.ts'
import type { DataDirectory } from './data-directory.ts'

export interface AccessFiles {
  /** An AuthenticationConfiguration (apiserver.config.k8s.io): OpenID Connect issuers. */
  authenticationConfig?: string
  /** A Policy (audit.k8s.io/v1); one that keeps every change without its secrets unless given. */
  auditPolicy?: string
  /** False keeps no audit log. */
  audit?: boolean
}

/** An audit log takes at most this, with those put aside. */
const rotation = { maxSizeMegabytes: 50, maxBackups: 10 }

/**
 * @throws {EngineError} FileUnreadable
 * @throws {OidcError} InvalidConfiguration
 * @throws {AuditError} InvalidPolicy
 */
export async function readAccess(
  files: AccessFiles,
  paths: Pick<DataDirectory, 'auditLog'>,
): Promise<Pick<ControlPlaneOptions, 'issuers' | 'audit'>> {
  const { authenticationConfig, auditPolicy, audit = true } = files
  const [issuers, policy] = await Promise.all([
    authenticationConfig === undefined
      ? undefined
      : parseAuthenticationConfiguration(await textOf(authenticationConfig), { reservedIssuers: [defaultIssuer] }),
    auditPolicy === undefined ? undefined : parseAuditPolicy(await textOf(auditPolicy)),
  ])
  return {
    ...(issuers === undefined ? {} : { issuers }),
    ...(audit ? { audit: { path: paths.auditLog, ...rotation, ...(policy === undefined ? {} : { policy }) } } : {}),
  }
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw new EngineError('FileUnreadable', `cannot read ${path}: ${messageOf(error)}`, {
      cause: error,
      remedy: 'Check the path, and that this user may read the file.',
    })
  }
}
