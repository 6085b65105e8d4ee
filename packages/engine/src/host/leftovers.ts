/**
 * What lies or runs on this host for machines and volumes that no object of the API names: left by a crash, by a restored backup, or
 * by somebody who deleted files by hand.
 */

import { readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { virtualMachineInstances, volumeSnapshotContents } from '@berth/api'
import type { Store } from '@berth/apiserver'
import { findMachineTraces } from '@berth/hypervisor'
import {
  connectionOf,
  createClient,
  createHttpTransport,
  loadKubeconfig,
  persistentVolumeClaims,
  persistentVolumes,
} from '@berth/kube'
import { handleOfContent } from '../snapshots/volume-snapshot-content.ts'
import { volumeNameFor } from '../volumes/claim-volume.ts'
import { rememberedStorages } from '../volumes/storage/known-storages.ts'
import { StorageLayout } from '../volumes/storage/layout.ts'
import type { DataDirectory } from './data-directory.ts'
import { ifPresent } from './if-present.ts'
import { storedObjects } from './stored-objects.ts'

export interface Leftover {
  kind: 'process' | 'machine folder' | 'run-time disks' | 'control group' | 'volume' | 'volume snapshot'
  /** A path, a process id, … */
  what: string
  /** Goes by itself when an engine starts. */
  cleaned: boolean
}

export interface KnownObjects {
  instances: ReadonlySet<string>
  volumes: ReadonlySet<string>
  /** Handles of what VolumeSnapshotContents keep. */
  snapshots: ReadonlySet<string>
}

/**
 * The host is looked at first and the objects are listed after, so that what comes to be meanwhile is no leftover.
 * @param known lists the objects
 */
export async function findLeftovers(paths: DataDirectory, known: () => Promise<KnownObjects>): Promise<Leftover[]> {
  if ((await ifPresent(readdir(paths.machines))) === undefined) return []
  const [traces, machines, ephemeral, stored] = await Promise.all([
    findMachineTraces(paths.machines),
    namesIn(paths.machines),
    namesIn(paths.ephemeral),
    storedIn(paths.volumes),
  ])
  const { instances, ...named } = await known()
  const strange = (names: readonly string[]): string[] => names.filter((name) => !instances.has(name))
  return [
    ...strange([...traces.processes.keys()]).flatMap((machine) =>
      (traces.processes.get(machine) ?? []).map((pid) => ({
        kind: 'process' as const,
        what: `process ${pid} of machine ${machine}`,
        // A whole machine without its object may be the only copy of somebody's work, and is left to a person.
        cleaned: !machines.includes(machine),
      })),
    ),
    ...strange(machines).map((name) => ({
      kind: 'machine folder' as const,
      what: join(paths.machines, name),
      cleaned: !traces.processes.has(name),
    })),
    ...strange(ephemeral).map((name) => ({
      kind: 'run-time disks' as const,
      what: join(paths.ephemeral, name),
      cleaned: !machines.includes(name),
    })),
    ...strange(traces.controlGroups)
      .filter((name) => !machines.includes(name))
      .map((name) => ({ kind: 'control group' as const, what: `the control group of machine ${name}`, cleaned: true })),
    ...stored
      .filter(({ kind, name }) => !(kind === 'volume' ? named.volumes : named.snapshots).has(name))
      .map(({ kind, path }) => ({ kind, what: path, cleaned: false })),
  ]
}

/**
 * Volumes and snapshots of all storages. What else lies there, images that nothing names and half-made things, is nobody's data, and goes
 * when an engine starts.
 */
async function storedIn(local: string): Promise<{ kind: 'volume' | 'volume snapshot'; name: string; path: string }[]> {
  const storages = await rememberedStorages(local)
  const found = await Promise.all(
    storages.map(async (storage) => {
      const layout = new StorageLayout(storage)
      const [volumes, snapshots] = await Promise.all([namesIn(layout.volumes), namesIn(layout.snapshots)])
      return [
        ...volumes.map((name) => ({ kind: 'volume' as const, name, path: join(layout.volumes, name) })),
        ...snapshots.map((file) => ({
          kind: 'volume snapshot' as const,
          name: basename(file, '.json'),
          path: join(layout.snapshots, file),
        })),
      ]
    }),
  )
  return found.flat()
}

/** What an engine that runs knows. */
export async function knownToApi(paths: DataDirectory): Promise<KnownObjects> {
  const { connection } = await connectionOf(await loadKubeconfig([paths.adminKubeconfig]))
  const client = createClient(createHttpTransport(connection))
  try {
    const [instances, volumes, claims, contents] = await Promise.all([
      client.list(virtualMachineInstances),
      client.list(persistentVolumes),
      client.list(persistentVolumeClaims),
      client.list(volumeSnapshotContents),
    ])
    return {
      instances: new Set(instances.items.map(({ metadata }) => metadata.uid ?? '')),
      volumes: new Set([
        ...volumes.items.map(({ metadata }) => metadata.name ?? ''),
        ...claims.items.map(volumeNameFor),
      ]),
      snapshots: new Set(contents.items.map(handleOfContent)),
    }
  } finally {
    await client.transport.close()
  }
}

/** What the store of an engine that does not run knows. */
export function knownToStore(store: Store): KnownObjects {
  return {
    instances: new Set(storedObjects(store, virtualMachineInstances).map(({ metadata }) => metadata.uid ?? '')),
    volumes: new Set([
      ...storedObjects(store, persistentVolumes).map(({ metadata }) => metadata.name ?? ''),
      ...storedObjects(store, persistentVolumeClaims).map(volumeNameFor),
    ]),
    snapshots: new Set(storedObjects(store, volumeSnapshotContents).map(handleOfContent)),
  }
}

/** Hidden ones are the driver's own: answers kept. */
async function namesIn(folder: string): Promise<string[]> {
  return ((await ifPresent(readdir(folder))) ?? []).filter((name) => !name.startsWith('.'))
}
