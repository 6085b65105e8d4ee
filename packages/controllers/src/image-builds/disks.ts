/** Disks of builds: made once, and looked at until they are filled. */

import { dataVolumes, type DataVolume } from '@berth/api'
import type { Client } from '@berth/kube'
import { StatusError, getCondition, unlessMissing } from '@berth/meta'

export type DiskState =
  | { kind: 'ready' }
  | { kind: 'filling'; message: string; progress?: string }
  | { kind: 'failed'; message: string }

/** Makes it where it is missing; @returns what is there, which may be somebody else's */
export async function ensureDisk(client: Client, wanted: DataVolume): Promise<DataVolume> {
  const { namespace = '', name = '' } = wanted.metadata
  const there = await unlessMissing(client.get(dataVolumes, { namespace, name }))
  if (there !== undefined) return there
  try {
    return await client.create(dataVolumes, wanted)
  } catch (error) {
    if (!(error instanceof StatusError) || error.code !== 'AlreadyExists') throw error
    return client.get(dataVolumes, { namespace, name })
  }
}

export function diskState({ metadata, status }: Readonly<DataVolume>): DiskState {
  const running = getCondition(status?.conditions, 'Running')
  const why = running?.status === 'False' && running.reason === 'Error' ? running.message : undefined
  if (status?.phase === 'Succeeded') return { kind: 'ready' }
  const name = `disk "${metadata.name ?? ''}"`
  if (status?.phase === 'Failed')
    return { kind: 'failed', message: `${name} cannot be made: ${why ?? 'see its events'}` }
  const { progress } = status ?? {}
  return {
    kind: 'filling',
    message: why === undefined || why === '' ? `${name} is being filled` : `${name}: ${why}`,
    ...(progress === undefined || progress === 'N/A' ? {} : { progress }),
  }
}
