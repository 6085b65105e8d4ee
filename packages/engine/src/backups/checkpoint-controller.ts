/**
 * Counting what is written under a name that no backup will ask for any more costs the guest a little with each write, and the name stays
 * in the image for ever. So whenever the trackers or backups of a running machine change, and when a machine begins to run, all counts
 * end that are neither a tracker's latest checkpoint nor that of a backup under way.
 */

import {
  isBackupOver,
  virtualMachineBackups,
  virtualMachineBackupTrackers,
  type VirtualMachineBackup,
  type VirtualMachineBackupTracker,
} from '@berth/api'
import { DriverError, type Domain } from '@berth/hypervisor'
import { createController, keyOf, parseKey, type Controller } from '@berth/kube'
import type { EngineServices } from '../services.ts'
import { checkpointOf } from './backup-files.ts'

/** Milliseconds: something else works on a disk. */
const againMs = 5000

type Tracker = Readonly<VirtualMachineBackupTracker>
type Backup = Readonly<VirtualMachineBackup>

export function createCheckpointController(services: EngineServices): Controller {
  const { client, informers, driver } = services
  /** What was known of the wanted checkpoints when those of a run were last gone through, by the uid of the instance. */
  const swept = new Map<string, string>()

  async function reconcile(key: string): Promise<void | { requeueAfterMs: number }> {
    const { namespace = '', name } = parseKey(key)
    const instance = informers.instances.get(namespace, name)
    const uid = instance?.metadata.uid ?? ''
    const domain = driver.get(uid)
    if (instance?.status?.phase !== 'Running' || domain === undefined || domain.status.state === 'stopped') {
      swept.delete(uid)
      return
    }
    const backups = informers.backups.list().filter(({ metadata }) => metadata.namespace === namespace)
    const trackers = informers.backupTrackers.list().filter(({ metadata }) => metadata.namespace === namespace)
    const known = [...wantedNames(name, backups, trackers)].toSorted().join()
    if (swept.get(uid) === known) return
    try {
      await sweep(domain, namespace, name)
      swept.set(uid, known)
    } catch (error) {
      if (error instanceof DriverError && error.code === 'WrongState') return { requeueAfterMs: againMs }
      throw error
    }
  }

  async function sweep(domain: Domain, namespace: string, machine: string): Promise<void> {
    const disks = domain.spec.disks.filter(
      ({ path, format, readOnly, shareable }) => path !== '' && format === 'qcow2' && !readOnly && shareable !== true,
    )
    const found = await Promise.all(
      disks.map(async ({ name }) => ({ disk: name, names: await domain.bitmapsOf(name) })),
    )
    if (found.every(({ names }) => names.length === 0)) return
    // In this order, and from the server: a checkpoint is a backup's before it counts, and a tracker's before its backup is over.
    const backups = (await client.list(virtualMachineBackups, { namespace })).items
    const trackers = (await client.list(virtualMachineBackupTrackers, { namespace })).items
    const wanted = wantedNames(machine, backups, trackers)
    for (const { disk, names } of found)
      for (const name of names) if (!wanted.has(name)) await domain.removeBitmap({ disks: [disk], name })
  }

  return createController({
    name: 'backup-checkpoints',
    reconcile,
    watches: [
      { informer: informers.instances },
      { informer: informers.backupTrackers, keys: (tracker) => machinesOf(tracker as Tracker) },
      {
        informer: informers.backups,
        keys: (backup) => {
          const { metadata, spec } = backup as Backup
          const tracker = informers.backupTrackers.get(metadata.namespace, spec.source.name)
          return tracker === undefined ? [] : machinesOf(tracker)
        },
      },
    ],
    ...services.runtime,
  })
}

function machinesOf({ metadata, spec }: Tracker): string[] {
  return [keyOf({ metadata: { namespace: metadata.namespace ?? '', name: spec.source.name } })]
}

/** Of backups under way, whichever machine they are of: which one is told by a tracker that may be gone. */
function wantedNames(machine: string, backups: readonly Backup[], trackers: readonly Tracker[]): Set<string> {
  const own = trackers.filter(({ spec }) => spec.source.name === machine)
  return new Set([
    ...own.flatMap(({ status }) => status?.latestCheckpoint?.name ?? []),
    ...backups.filter((backup) => !isBackupOver(backup)).map(({ metadata }) => checkpointOf(metadata)),
  ])
}
