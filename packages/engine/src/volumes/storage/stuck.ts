/** What was left in the middle and cannot be ended: it takes the volumes it is about out of service, and no others. */

import { CodedError } from '@berth/base'
import { EngineError } from '../../errors.ts'
import { chainIn } from '../chain/graph.ts'
import type { JournalEntry } from '../chain/journal.ts'
import { imageKey, volumeKey } from './keys.ts'
import type { Storage } from './storage.ts'

export interface Stuck {
  /** Of the turns that nobody gets. */
  keys: ReadonlySet<string>
  error: EngineError
}

export function stuckBy(storage: Storage, entry: JournalEntry, cause: unknown): Stuck {
  const images = imagesOf(storage, entry)
  const named = entry.kind === 'switch' ? entry.volumes.map(({ volume }) => volume) : []
  const above = [...storage.volumes].flatMap(([volume, { head }]) =>
    chainIn(storage.images, head).some((image) => images.includes(image)) ? [volume] : [],
  )
  const volumes = [...new Set([...named, ...above])]
  const what = entry.kind === 'switch' ? 'a snapshot' : 'merging layers'
  const shown = volumes.map((volume) => `"${volume}"`).join(', ')
  return {
    keys: new Set([...volumes.map(volumeKey), ...images.map((image) => imageKey(storage, image))]),
    error: new EngineError(
      'ImageDamaged',
      `${what} of volume ${shown} was cut off and can be neither finished nor taken back: ${reasonOf(cause)}`,
      {
        cause,
        remedy:
          'It is tried again by itself: bring back what is missing, like a storage or room in it; else restore the volume from a backup. Other volumes work on.',
      },
    ),
  }
}

function imagesOf(storage: Storage, entry: JournalEntry): string[] {
  if (entry.kind !== 'switch') return [entry.parent, entry.child, ...entry.above]
  return entry.volumes.flatMap((each) => (each.storage === storage.layout.name ? [each.before, each.overlay] : []))
}

/** Changes of which a broken disk could not say that they stay: what lies on them must not rely on them. */
export function unpromised(storage: Storage): Stuck[] {
  return storage.promises.failed().flatMap(({ change: { volume, images }, error: cause }) => {
    if (volume === undefined) return []
    const error = new EngineError(
      'StorageUnusable',
      `storage "${storage.layout.name}" cannot promise that a change of volume "${volume}" outlives a power cut: ${reasonOf(cause)}`,
      {
        cause,
        remedy: 'It is tried again by itself: look after the disk that the storage lies on. Other volumes work on.',
      },
    )
    return [{ keys: new Set([volumeKey(volume), ...images.map((image) => imageKey(storage, image))]), error }]
  })
}

/** Nobody knows what they are made of. */
export function unknownVolumes({ unknown }: Storage): Stuck[] {
  return [...unknown.volumes].map(([volume, error]) => ({ keys: new Set([volumeKey(volume)]), error }))
}

/** All that lies in a storage of which nobody knows what was under way in it. */
export function unknownStorage(storage: Storage): Stuck[] {
  const { unknown, volumes, states, images } = storage
  if (unknown.whole === undefined) return []
  const names = [...volumes.keys(), ...states, ...unknown.volumes.keys()]
  const keys = [...names.map(volumeKey), ...[...images.keys()].map((image) => imageKey(storage, image))]
  return [{ keys: new Set(keys), error: unknown.whole }]
}

/** Errors of the system name paths of the host, which are nobody's business. */
export function reasonOf(error: unknown): string {
  if (error instanceof CodedError) return error.message
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? code : 'the engine could not work on its images'
}
