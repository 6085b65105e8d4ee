/** How registries of container images are reached, from what the operator named at the start. */

import { readFile } from 'node:fs/promises'
import { messageOf } from '@berth/base'
import type { RegistrySettings } from '@berth/imaging'
import { EngineError } from '../errors.ts'

/** @throws {EngineError} FileUnreadable when the certificates cannot be read */
export async function registrySettings(
  given: { insecure?: readonly string[]; caFile?: string } = {},
): Promise<RegistrySettings> {
  const { insecure = [], caFile } = given
  if (caFile === undefined) return { insecure }
  const ca = await readFile(caFile, 'utf8').catch((cause: unknown) => {
    throw unreadable(caFile, messageOf(cause), cause)
  })
  if (!ca.includes('-----BEGIN CERTIFICATE-----')) throw unreadable(caFile, 'it holds no certificate')
  return { insecure, ca }
}

function unreadable(path: string, why: string, cause?: unknown): EngineError {
  return new EngineError('FileUnreadable', `the certificates of registries in ${path} cannot be used: ${why}`, {
    remedy: 'Give a file with PEM certificates to --registry-ca.',
    ...(cause === undefined ? {} : { cause }),
  })
}
