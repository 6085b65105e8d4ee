/** Admission of cloud-init's inputs. */

import { utf8Length, type StatusCause } from '@berth/meta'
import type { CloudInitSource } from '../types/volume.ts'
import { invalidField } from './cause.ts'

/** What fits beside the rest in an object; longer data goes into a secret. */
const maxBytes = 2048

/** @param at path of the volume */
export function cloudInit(
  source: CloudInitSource,
  at: string,
  kind: 'cloudInitNoCloud' | 'cloudInitConfigDrive',
): StatusCause[] {
  const field = `${at}.${kind}`
  const user = measure([source.userData, source.userDataBase64, source.secretRef?.name])
  const network = measure([source.networkData, source.networkDataBase64, source.networkDataSecretRef?.name])
  const causes: StatusCause[] = []
  if (!user.readable) causes.push(notBase64(field, kind, 'userDataBase64'))
  if (user.count > 1) causes.push(invalidField(field, `${field} must have only one userdatasource set.`))
  if (user.bytes > maxBytes) causes.push(tooLong(field, 'userdata', 'UserDataSecretRef'))
  if (!network.readable) causes.push(notBase64(field, kind, 'networkDataBase64'))
  if (network.count > 1) causes.push(invalidField(field, `${field} must have only one networkdata source set.`))
  if (network.bytes > maxBytes) causes.push(tooLong(field, 'networkdata', 'NetworkDataSecretRef'))
  if (user.count + network.count === 0) {
    causes.push(invalidField(field, `${field} must have at least one userdatasource or one networkdatasource set.`))
  }
  return causes
}

interface Measure {
  count: number
  /** Of the plain text, else of what the base64 text holds. */
  bytes: number
  readable: boolean
}

function measure([plain = '', base64 = '', secret = '']: (string | undefined)[]): Measure {
  const decoded = base64 === '' ? 0 : base64Bytes(base64)
  return {
    count: [plain, base64, secret].filter((text) => text !== '').length,
    bytes: plain === '' ? (decoded ?? 0) : utf8Length(plain),
    readable: decoded !== undefined,
  }
}

/** How many bytes the standard, padded base64 text holds; line ends do not count. undefined when it is none. */
function base64Bytes(text: string): number | undefined {
  const bare = /[\r\n]/.test(text) ? text.replaceAll(/[\r\n]/g, '') : text
  if (bare.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(bare)) return undefined
  const padding = bare.endsWith('==') ? 2 : bare.endsWith('=') ? 1 : 0
  return (bare.length / 4) * 3 - padding
}

/** KubeVirt names the kind twice here. */
function notBase64(field: string, kind: string, key: string): StatusCause {
  return invalidField(`${field}.${key}`, `${field}.${key}.${kind}.${key} is not a valid base64 value.`)
}

function tooLong(field: string, what: string, instead: string): StatusCause {
  return invalidField(field, `${field} ${what} exceeds ${maxBytes} byte limit. Should use ${instead} for larger data.`)
}
