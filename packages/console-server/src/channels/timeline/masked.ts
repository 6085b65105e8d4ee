/** Changes of a manifest as texts, without what is secret in it: what people give a guest to start with may hold passwords and keys. */

import { isJsonObject, type Json } from '@berth/meta'
import { pathText, type Change } from '@berth/view'

export interface ShownChange {
  path: string
  before?: string
  after?: string
}

const mask = '••••'
/** Longer values are cut: a timeline is no archive. */
const maxText = 200
const maxChanges = 50

/** Whatever stands below a member of one of these names. References to secrets are names, and are shown. */
const secretMembers: ReadonlySet<string> = new Set([
  'accessCredentials',
  'cloudInitConfigDrive',
  'cloudInitNoCloud',
  'sysprep',
  'kubectl.kubernetes.io/last-applied-configuration',
])
const secretName = /pass(word|wd|phrase)|token|credential|private.?key|userdata|networkdata|ignition|api.?key/i

export function shownChanges(changes: readonly Change[]): ShownChange[] {
  const shown = changes.slice(0, maxChanges).map(({ path, before, after }): ShownChange => {
    const secret = path.some((step) => typeof step === 'string' && isSecret(step))
    return {
      path: pathText(path),
      ...(before === undefined ? {} : { before: secret ? mask : textOf(before) }),
      ...(after === undefined ? {} : { after: secret ? mask : textOf(after) }),
    }
  })
  const rest = changes.length - shown.length
  return rest > 0 ? [...shown, { path: `… ${rest} more` }] : shown
}

function isSecret(member: string): boolean {
  return secretMembers.has(member) || (secretName.test(member) && !/(ref|name)$/i.test(member))
}

function textOf(value: Json): string {
  const text = typeof value === 'string' ? value : JSON.stringify(withoutSecrets(value))
  return text.length <= maxText ? text : `${text.slice(0, maxText)}…`
}

function withoutSecrets(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutSecrets)
  if (!isJsonObject(value)) return value
  const members = Object.entries(value).map(([key, member]): [string, Json] => [
    key,
    isSecret(key) ? mask : withoutSecrets(member),
  ])
  return Object.fromEntries(members)
}
