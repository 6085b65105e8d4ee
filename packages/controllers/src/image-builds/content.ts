/** Reads what files and passwords refer to. */

import type { ImageBuild, KeyReference } from '@berth/api'
import { configMaps, secrets, type Client } from '@berth/kube'
import { unlessMissing } from '@berth/meta'
import type { ResolvedContent } from './script.ts'

/** Of all together: it goes into one Secret, as base64, twice over. */
const maxBytes = 512 * 1024

/** @returns a text for a person where something is missing */
export async function resolveContent(client: Client, build: Readonly<ImageBuild>): Promise<ResolvedContent | string> {
  const namespace = build.metadata.namespace ?? ''
  const { files = [], users = [] } = build.spec.customise ?? {}
  const contents: Buffer[] = []
  for (const { path, content, secretRef, configMapRef } of files) {
    const found =
      secretRef !== undefined
        ? await secretValue(client, namespace, secretRef)
        : configMapRef !== undefined
          ? await configMapValue(client, namespace, configMapRef)
          : Buffer.from(content ?? '')
    if (typeof found === 'string') return `the content of ${path} is missing: ${found}`
    contents.push(found)
  }
  const passwords: (Buffer | undefined)[] = []
  for (const { name, passwordSecret } of users) {
    const found = passwordSecret === undefined ? undefined : await secretValue(client, namespace, passwordSecret)
    if (typeof found === 'string') return `the password of user ${name} is missing: ${found}`
    if (found !== undefined && /[\r\n\0]/.test(found.toString('latin1').replace(/\r?\n$/, ''))) {
      return `the password of user ${name} has more than one line`
    }
    passwords.push(
      found === undefined ? undefined : Buffer.from(found.toString('latin1').replace(/\r?\n$/, ''), 'latin1'),
    )
  }
  const bytes = contents.reduce((sum, content) => sum + content.length, 0)
  if (bytes > maxBytes) return `the files have ${bytes} bytes together; no more than ${maxBytes} can be written`
  return { files: contents, passwords }
}

async function secretValue(client: Client, namespace: string, { name, key }: KeyReference): Promise<Buffer | string> {
  const secret = await unlessMissing(client.get(secrets, { namespace, name }))
  if (secret === undefined) return `there is no Secret "${name}" in namespace "${namespace}"`
  const value = secret.data?.[key]
  return value === undefined ? `Secret "${name}" has no key "${key}"` : Buffer.from(value, 'base64')
}

async function configMapValue(
  client: Client,
  namespace: string,
  { name, key }: KeyReference,
): Promise<Buffer | string> {
  const map = await unlessMissing(client.get(configMaps, { namespace, name }))
  if (map === undefined) return `there is no ConfigMap "${name}" in namespace "${namespace}"`
  const text = map.data?.[key]
  if (text !== undefined) return Buffer.from(text)
  const binary = map.binaryData?.[key]
  return binary === undefined ? `ConfigMap "${name}" has no key "${key}"` : Buffer.from(binary, 'base64')
}
