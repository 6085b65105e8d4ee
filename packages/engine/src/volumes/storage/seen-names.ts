/** All that is named in a storage, as changes that its disk is to promise at the start of an engine. */

import type { StorageLayout } from './layout.ts'
import type { NameChange } from './promises.ts'
import type { FrozenState, SnapshotRecord, VolumeRecord } from './records.ts'

export interface NamedThings {
  layout: StorageLayout
  volumes: ReadonlyMap<string, VolumeRecord>
  states: ReadonlySet<string>
  snapshots: ReadonlyMap<string, SnapshotRecord>
  frozenStates: ReadonlyMap<string, FrozenState>
}

export function seenNames({ layout, volumes, states, snapshots, frozenStates }: NamedThings): NameChange[] {
  const disks = [...volumes].map(([volume, { head }]) => ({ volume, images: [head] }))
  const folders = [...states].map((volume) => ({ volume, images: [] }))
  return [
    // Also what has gone from them.
    ...[layout.volumes, layout.snapshots, layout.states, layout.journal].map((folder) => ({ folder, images: [] })),
    ...[...disks, ...folders].flatMap((name) => [
      { ...name, folder: layout.volumes },
      { ...name, folder: layout.folder(name.volume) },
    ]),
    ...[...snapshots.values()].map(({ volume, image }) => ({ folder: layout.snapshots, volume, images: [image] })),
    ...[...frozenStates.values()].map(({ volume }) => ({ folder: layout.states, volume, images: [] })),
  ]
}
