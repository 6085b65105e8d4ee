/**
 * Moves the disks of a running machine to other claims, one after the other. Each is copied while the guest writes; when both are equal and
 * on the host's disk the guest waits, the instance's spec names the new claim, and only then the guest goes over. So whichever claim the
 * spec names has everything, wherever this process, QEMU or the host is stopped. But for one thing: QEMU that refuses in the very last step
 * lets the guest go on in the old claim at once, while the new one is named until `afterRefusal` is through. What the guest writes in these
 * milliseconds is lost when the host, or QEMU, dies in them. The store cannot name both, and only pausing the whole machine for the
 * switch would close it (`hypervisor/qemu/disk-work/lower-head.ts`).
 */

import {
  dataVolumes,
  isHotpluggable,
  virtualMachineInstances,
  type ClaimChange,
  type VirtualMachine,
  type VirtualMachineInstance,
  type Volume,
} from '@berth/api'
import type { Domain } from '@berth/hypervisor'
import { persistentVolumeClaims, type PersistentVolumeClaim } from '@berth/kube'
import { StatusError, unlessMissing } from '@berth/meta'
import { EngineError } from '../errors.ts'
import { machinesUsing, type EngineServices } from '../services.ts'
import { readImageHeader } from '../volumes/chain/image-header.ts'
import { volumeNameFor } from '../volumes/claim-volume.ts'
import { keepsFiles } from '../volumes/claim-content.ts'

export interface MoveProgress {
  volume: string
  to: string
  /** 0 to 1; undefined while nobody knows. */
  share: number | undefined
}

export interface MoveRequest {
  machine: Readonly<VirtualMachine>
  instance: Readonly<VirtualMachineInstance>
  domain: Domain
  changes: readonly ClaimChange[]
  signal: AbortSignal
  report(this: void, progress: MoveProgress): void
}

/**
 * Rejects at the first volume that cannot be moved; those before it have been, and the instance's spec says so.
 * @throws {EngineError} MissingDependency, VolumeInUse, VolumeRefused
 * @throws {DriverError} as `mirrorDisk`
 */
export async function moveVolumes(services: EngineServices, request: MoveRequest): Promise<void> {
  for (const change of request.changes) await moveVolume(services, request, change)
}

async function moveVolume(
  services: EngineServices,
  { machine, instance, domain, signal, report }: MoveRequest,
  { volume, from, to }: ClaimChange,
): Promise<void> {
  const { volumes } = services
  const { namespace = '' } = instance.metadata
  const name = (claim: string): Promise<void> => nameClaim(services, instance, { volume, claim, machine })
  // It went over before, or never left; an earlier try may have ended before it could name that. One that is only named is copied again.
  if (await isOnClaim(services, domain, { volume, namespace, claim: to })) return name(to)
  const target = await targetOf(services, machine, { namespace, name: to })
  const images = await volumes.images(volumeNameFor(target))
  if (images.backing.length > 0)
    throw new EngineError('VolumeRefused', `PersistentVolumeClaim "${namespace}/${to}" is a clone or has snapshots`, {
      remedy: 'Move the volume to a new, blank DataVolume.',
    })
  const [has, gets] = await Promise.all([sizeOf(domain, volume), volumes.usage(volumeNameFor(target))])
  if (gets.sizeBytes < has)
    throw new EngineError(
      'VolumeRefused',
      `PersistentVolumeClaim "${namespace}/${to}" holds ${gets.sizeBytes} bytes, less than the ${has} of volume "${volume}"`,
      { remedy: 'Move the volume to a claim that is at least as large.' },
    )
  // Both have to be of one size; growing the disk costs nothing until something is written there.
  if (gets.sizeBytes > has) await domain.resizeDisk(volume, gets.sizeBytes)
  report({ volume, to, share: undefined })
  const stay = async (): Promise<void> => {
    try {
      await name(from)
    } catch (error) {
      // Why it stays is what the person is told; this is made up for before the next try writes anything.
      services.logger.error({ machine: machine.metadata.name, volume, from, error }, 'where a disk stays was not named')
    }
  }
  // Where an earlier try could not name it again: what is about to be written over must not be what the machine would start from.
  await name(from)
  // As a machine of its own would have it: meanwhile nobody else starts from it, takes a snapshot of it or removes it.
  const held = { name: volume, ...images, device: 'disk', bus: 'virtio', readOnly: false } as const
  await services.diskLocks.during({ ...domain.spec, id: `${domain.id}-${volume}`, disks: [held] }, () =>
    domain.mirrorDisk({
      disk: volume,
      target: { path: images.path, format: images.format },
      signal,
      onProgress: ({ doneBytes, totalBytes }) =>
        report({ volume, to, share: totalBytes === 0 ? undefined : doneBytes / totalBytes }),
      async beforeSwitch() {
        try {
          await name(to)
        } catch (error) {
          // It may be named or not, and the guest goes on in the old one: that is named again before it does.
          await stay()
          throw error
        }
      },
      // Told by QEMU. Of a machine that ended nobody knows whether it had gone over; the new claim has everything either way.
      afterRefusal: stay,
    }),
  )
}

/** Bytes, as the guest sees it. */
async function sizeOf({ spec }: Domain, volume: string): Promise<number> {
  const disk = spec.disks.find(({ name }) => name === volume)
  if (disk === undefined || disk.path === '')
    throw new EngineError('VolumeMissing', `volume "${volume}" has no disk in the running machine`)
  return (await readImageHeader(disk.path)).sizeBytes
}

/** A claim that may be written over: there, whole, and nobody else's. */
async function targetOf(
  services: EngineServices,
  machine: Readonly<VirtualMachine>,
  { namespace, name }: { namespace: string; name: string },
): Promise<PersistentVolumeClaim> {
  const { client, informers } = services
  const key = `${namespace}/${name}`
  const claim = await unlessMissing(client.get(persistentVolumeClaims, { namespace, name }))
  if (claim === undefined || claim.metadata.deletionTimestamp !== undefined)
    throw new EngineError('MissingDependency', `PersistentVolumeClaim "${key}" does not exist`)
  const filling = await unlessMissing(client.get(dataVolumes, { namespace, name }))
  if (claim.status?.phase !== 'Bound' || (filling !== undefined && filling.status?.phase !== 'Succeeded'))
    throw new EngineError('MissingDependency', `PersistentVolumeClaim "${key}" is not ready yet`)
  if (keepsFiles(claim))
    throw new EngineError('VolumeRefused', `PersistentVolumeClaim "${key}" keeps files, and would lose them`)
  const others = [
    ...machinesUsing(informers, key).filter(({ metadata }) => metadata.uid !== machine.metadata.uid),
    ...services.usersOfClaim(claim).filter(({ metadata }) => metadata.name !== machine.metadata.name),
  ]
  const [other] = others
  if (other !== undefined)
    throw new EngineError('VolumeInUse', `PersistentVolumeClaim "${key}" is a disk of "${other.metadata.name ?? ''}"`, {
      remedy: 'Move the volume to a claim of its own.',
    })
  return claim
}

/** False of a claim that is there, and only has to be waited for; what is missing is `moveVolumes`' to say. */
export function isFilled(
  { informers }: Pick<EngineServices, 'informers'>,
  { namespace, name }: { namespace: string; name: string },
): boolean {
  const claim = informers.claims.get(namespace, name)
  if (claim === undefined || claim.metadata.deletionTimestamp !== undefined) return true
  const phase = informers.dataVolumes.get(namespace, name)?.status?.phase
  if (phase === 'Failed') return true
  return (
    claim.status?.phase === 'Bound' &&
    (informers.dataVolumes.get(namespace, name) === undefined || phase === 'Succeeded')
  )
}

/** Whether the guest writes to this claim already. */
export async function isOnClaim(
  { informers, volumes }: EngineServices,
  { spec }: Domain,
  { volume, namespace, claim: name }: { volume: string; namespace: string; claim: string },
): Promise<boolean> {
  const claim = informers.claims.get(namespace, name)
  if (claim === undefined || !(await volumes.exists(volumeNameFor(claim)))) return false
  const { path } = await volumes.images(volumeNameFor(claim))
  return spec.disks.some((disk) => disk.name === volume && disk.path === path)
}

/** The claim that a running machine's volume is on. Durable when resolved. */
export async function nameClaim(
  { client }: EngineServices,
  { metadata }: Readonly<VirtualMachineInstance>,
  { volume, claim, machine }: { volume: string; claim: string; machine: Readonly<VirtualMachine> },
): Promise<void> {
  const target = { namespace: metadata.namespace ?? '', name: metadata.name ?? '' }
  for (;;) {
    const current = await unlessMissing(client.get(virtualMachineInstances, target))
    // It was deleted meanwhile, and its machine with it.
    if (current === undefined) return
    const before = current.spec.volumes ?? []
    const isIt = (entry: Volume): boolean => entry.name === volume && claimOf(entry) !== claim
    if (!before.some(isIt)) return
    const volumes = before.map((entry) => (isIt(entry) ? withClaim(entry, claim, machine) : entry))
    try {
      await client.update(virtualMachineInstances, { ...current, spec: { ...current.spec, volumes } })
      return
    } catch (error) {
      // Somebody wrote its status meanwhile.
      if (!(error instanceof StatusError && error.code === 'Conflict')) throw error
    }
  }
}

export function claimOf({ persistentVolumeClaim, dataVolume }: Readonly<Volume>): string | undefined {
  return persistentVolumeClaim?.claimName ?? dataVolume?.name
}

/** As the template has it, where it names that claim; else the volume with its claim changed. */
function withClaim(volume: Volume, claim: string, { spec }: Readonly<VirtualMachine>): Volume {
  const wanted = spec.template.spec.volumes?.find(({ name }) => name === volume.name)
  if (wanted !== undefined && claimOf(wanted) === claim) return wanted
  const { dataVolume: _dataVolume, persistentVolumeClaim: _claim, ...rest } = volume
  const hotpluggable = isHotpluggable(volume) ? { hotpluggable: true } : {}
  return { ...rest, persistentVolumeClaim: { claimName: claim, ...hotpluggable } }
}
