/** `downwardAPI`: facts about the machine's pod, as files (kubelet's rules for volumes of this kind). */

import type { DownwardApiField } from '@berth/api'
import type { Node, Pod } from '@berth/kube'
import { isJsonObject, quantityToMillis, quantityToNumber } from '@berth/meta'
import { EngineError } from '../../errors.ts'
import { findPod } from '../launcher-pod.ts'
import { missing, type ConfigEntries, type VolumeRequest } from './volume-file.ts'

export async function downwardApiEntries(request: VolumeRequest): Promise<ConfigEntries> {
  const { volume, instance, services } = request
  const pod = await findPod(instance, services)
  if (pod === undefined) throw missing(instance, 'the launcher pod')
  const node = services.informers.nodes.get(undefined, instance.status?.nodeName ?? '')
  return entriesOf(volume.downwardAPI?.fields ?? [], { pod, node })
}

/** As much as a config map has. All labels and annotations fit several times; named in thousands of files they would fill the host. */
const maxBytes = 1024 * 1024

/** @throws {EngineError} MissingDependency also when the files are too much together */
export function entriesOf(fields: readonly DownwardApiField[], facts: Facts): ConfigEntries {
  const entries = new Map<string, Buffer>()
  let bytes = 0
  for (const field of fields) {
    const content = Buffer.from(textOf(field, facts))
    bytes += content.length
    if (bytes > maxBytes) {
      throw new EngineError('MissingDependency', `the files of a downwardAPI volume have over ${maxBytes} bytes`, {
        remedy: 'Name fewer fields, or shorten the labels and annotations.',
      })
    }
    entries.set(field.path, content)
  }
  return entries
}

interface Facts {
  pod: Readonly<Pod>
  node: Readonly<Node> | undefined
}

/** @throws {EngineError} MissingDependency for a field that pods do not have */
export function textOf(field: DownwardApiField, facts: Facts): string {
  const { fieldRef, resourceFieldRef } = field
  const text =
    fieldRef === undefined
      ? resourceFieldRef && resourceText(resourceFieldRef, facts)
      : fieldText(fieldRef.fieldPath, facts.pod)
  if (text !== undefined) return text
  const what = fieldRef?.fieldPath ?? resourceFieldRef?.resource ?? ''
  throw new EngineError('MissingDependency', `downwardAPI file "${field.path}": there is no field "${what}"`, {
    remedy: 'Volumes take metadata.name, .namespace, .uid, .labels and .annotations, and limits and requests.',
  })
}

function fieldText(path: string, { metadata }: Readonly<Pod>): string | undefined {
  const one = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(path)
  if (one !== null) return (one[1] === 'labels' ? metadata.labels : metadata.annotations)?.[one[2] ?? ''] ?? ''
  switch (path) {
    case 'metadata.name':
      return metadata.name ?? ''
    case 'metadata.namespace':
      return metadata.namespace ?? ''
    case 'metadata.uid':
      return metadata.uid ?? ''
    case 'metadata.labels':
      return lines(metadata.labels)
    case 'metadata.annotations':
      return lines(metadata.annotations)
    default:
      return undefined
  }
}

/** `key="value"`, sorted; quoted as Go does, which for what people write is as JSON does. */
function lines(values: Readonly<Record<string, string>> = {}): string {
  return Object.keys(values)
    .toSorted()
    .map((key) => `${key}=${JSON.stringify(values[key] ?? '')}`)
    .join('\n')
}

function resourceText(
  { containerName = 'compute', resource, divisor = '1' }: NonNullable<DownwardApiField['resourceFieldRef']>,
  { pod, node }: Facts,
): string | undefined {
  const [kind = '', name = ''] = resource.split('.', 2)
  if ((kind !== 'limits' && kind !== 'requests') || name === '') return undefined
  const container = pod.spec.containers.find((each) => each.name === containerName)
  const resources = container?.['resources']
  const amounts = isJsonObject(resources) ? resources[kind] : undefined
  const amount = isJsonObject(amounts) ? amounts[name] : undefined
  // Without a limit, all that the node has.
  const value = typeof amount === 'string' ? amount : kind === 'limits' ? node?.status?.allocatable?.[name] : '0'
  if (value === undefined || container === undefined) return undefined
  const unit = quantityToNumber(divisor) === 0 ? '1' : divisor
  const share =
    name === 'cpu' ? quantityToMillis(value) / quantityToMillis(unit) : quantityToNumber(value) / quantityToNumber(unit)
  return String(Math.ceil(share))
}
