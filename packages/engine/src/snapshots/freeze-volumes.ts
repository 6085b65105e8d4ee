/** Freezes the volumes of several snapshots at one instant, whether a machine writes to them or not. */

import { snapshotFinalizers, volumeSnapshotContents, type VolumeSnapshot } from '@berth/api'
import type { Domain } from '@berth/hypervisor'
import type { PersistentVolumeClaim } from '@berth/kube'
import { unlessMissing } from '@berth/meta'
import { EngineError } from '../errors.ts'
import type { EngineServices } from '../services.ts'
import { volumeNameFor } from '../volumes/claim-volume.ts'
import type { SwitchLive } from '../volumes/volume-types.ts'
import { isSharedNow } from './snapshot-classes.ts'
import { contentNameOf, handleOf } from './volume-snapshot-content.ts'

export interface VolumeToFreeze {
  snapshot: Readonly<VolumeSnapshot>
  claim: Readonly<PersistentVolumeClaim>
}

/**
 * All or none. Each snapshot has its VolumeSnapshotContent already, which holds on to the frozen state until it is deleted: whoever
 * deletes waits for this, so that nothing stays on disk that no object names, also when this process ends in between.
 * @throws {EngineError} MissingDependency when one of them was deleted meanwhile, VolumeInUse while a machine starts, VolumeRefused
 * @throws {DriverError} when the machine that writes to them cannot
 */
export async function freezeVolumes(services: EngineServices, group: readonly VolumeToFreeze[]): Promise<void> {
  const handles = group.map(({ snapshot }) => handleOf(snapshot))
  await services.snapshotTurns.take(handles, async () => {
    for (const { snapshot } of group) await requireContent(services, snapshot)
    const taken = await Promise.all(handles.map((handle) => services.volumes.snapshotInfo(handle)))
    if (taken.every((info) => info !== undefined)) return
    for (const { claim } of group) requireNotShared(services, claim)
    // Part of a group whose taking was cut off: the rest would be of another instant.
    for (const handle of handles.filter((_, index) => taken[index] !== undefined)) {
      await services.volumes.deleteSnapshot(handle)
    }
    const live = await switchFor(services, group)
    await services.volumes.snapshot(
      group.map(({ snapshot, claim }) => ({ volume: volumeNameFor(claim), handle: handleOf(snapshot) })),
      live === undefined ? {} : { switchLive: live },
    )
  })
}

export async function isFrozen(
  { volumes }: EngineServices,
  group: readonly Readonly<VolumeSnapshot>[],
): Promise<boolean> {
  for (const snapshot of group) if ((await volumes.snapshotInfo(handleOf(snapshot))) === undefined) return false
  return true
}

/** Read from the server: a cache may still show one that is gone. */
async function requireContent({ client }: EngineServices, snapshot: Readonly<VolumeSnapshot>): Promise<void> {
  const content = await unlessMissing(client.get(volumeSnapshotContents, { name: contentNameOf(snapshot) }))
  const held = content?.metadata.finalizers?.includes(snapshotFinalizers.volumeSnapshotContent) === true
  if (held && content.metadata.deletionTimestamp === undefined) return
  const { namespace = '', name = '' } = snapshot.metadata
  throw new EngineError('MissingDependency', `VolumeSnapshot "${namespace}/${name}" is being deleted`)
}

/** Also of a claim that a machine began to use since it was chosen. */
function requireNotShared(services: EngineServices, claim: Readonly<PersistentVolumeClaim>): void {
  if (!isSharedNow(services, claim)) return
  const { namespace = '', name = '' } = claim.metadata
  throw new EngineError('VolumeInUse', `machines that run share PersistentVolumeClaim "${namespace}/${name}"`, {
    remedy: 'A snapshot of it is taken when all of them are off.',
  })
}

/** How the machine that writes to these volumes is made to write elsewhere; undefined when none does. */
async function switchFor(services: EngineServices, group: readonly VolumeToFreeze[]): Promise<SwitchLive | undefined> {
  const disks = new Map<string, string>()
  const writers = new Set<Domain>()
  for (const { claim } of group) {
    const volume = volumeNameFor(claim)
    if (services.volumes.isState(volume)) continue
    const { path } = await services.volumes.images(volume)
    const found = services.driver
      .list()
      .filter(({ status }) => status.state !== 'stopped')
      .flatMap((domain) =>
        domain.spec.disks.filter((disk) => disk.path === path && !disk.readOnly).map((disk) => ({ domain, disk })),
      )
    for (const { domain, disk } of found) {
      writers.add(domain)
      disks.set(volume, disk.name)
    }
    if (found.length === 0) requireNoStart(services, claim)
  }
  const [domain, second] = writers
  if (domain === undefined) return undefined
  if (second !== undefined) {
    throw new EngineError('VolumeRefused', 'several machines write to the volumes of this snapshot', {
      remedy: 'Stop all but one of them.',
    })
  }
  return (overlays) =>
    domain.snapshotDisks(
      overlays.flatMap(({ volume, path }) => {
        const disk = disks.get(volume)
        return disk === undefined ? [] : [{ disk, path }]
      }),
    )
}

/** A machine that starts has read where its disks are, or is about to. */
function requireNoStart(services: EngineServices, claim: Readonly<PersistentVolumeClaim>): void {
  const starting = services
    .usersOfClaim(claim)
    .find(
      ({ metadata, status }) => status?.phase !== 'Running' && services.driver.get(metadata.uid ?? '') === undefined,
    )
  if (starting === undefined) return
  const { namespace = '', name = '' } = starting.metadata
  throw new EngineError('VolumeInUse', `VirtualMachineInstance "${namespace}/${name}" is starting`, {
    remedy: 'The snapshot is taken when it runs.',
  })
}
