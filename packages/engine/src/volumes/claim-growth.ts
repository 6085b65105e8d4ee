/**
 * A claim that asks for more gets it: at once, also while machines run with it, whose guests see the new size. One that cannot get it may
 * ask for less again, down to what it has. Source: Kubernetes' recovery from failed expansions.
 */

import { messageOf } from '@berth/base'
import type { Domain } from '@berth/hypervisor'
import { persistentVolumeClaims, persistentVolumes, type PersistentVolumeClaim } from '@berth/kube'
import { deepEqual, formatQuantity, quantityFromBytes, quantityToBytes, setCondition, StatusError } from '@berth/meta'
import { withoutRoot } from '../host/data-directory.ts'
import { isStateClaim } from '../instances/state/state-claim.ts'
import type { EngineServices } from '../services.ts'
import { noRoomFor, roomRecheckMs } from './capacity.ts'

type Claim = Readonly<PersistentVolumeClaim>
type Status = NonNullable<PersistentVolumeClaim['status']>

/** What Kubernetes' resizer calls it, which is where clients look for the reason. */
const failure = 'ControllerResizeError'

/** @param growth the claim's volume, by the claim's own identity: the name in its spec could be anybody's; and the bytes it asks for */
export async function growClaim(
  claim: Claim,
  services: EngineServices,
  { volume, wants }: { volume: string; wants: number },
): Promise<void | { requeueAfterMs: number }> {
  const { volumes, events } = services
  const has = quantityToBytes(claim.status?.capacity?.['storage'] ?? '0')
  const size = claim.spec.resources?.requests?.['storage'] ?? '0'
  // A folder takes what it needs.
  if (isStateClaim(claim)) return
  if (wants <= has) return isGrowing(claim) ? giveUp(claim, services, volume) : undefined
  const storage = volumes.storageOf(volume)
  const noRoom = await noRoomFor(services, { storage, bytes: wants - has, what: 'what the volume grows by' })
  if (noRoom !== undefined) {
    events.record(claim, { type: 'Warning', reason: 'VolumeResizeFailed', message: noRoom })
    await tell(claim, services, { message: noRoom, outcome: 'ControllerResizeInfeasible' })
    return { requeueAfterMs: roomRecheckMs }
  }
  try {
    const message = `The disk grows to ${size}.`
    const told = await tell(claim, services, { message, outcome: 'ControllerResizeInProgress' })
    const { path, sizeBytes: is } = await sizeOf(services, volume)
    // Larger already when an engine ended before it could say so, and less was asked for since.
    if (is < wants) await volumes.grow(volume, wants, { live: (bytes) => growLive(services, path, bytes) })
    const capacity = is > wants ? formatQuantity(quantityFromBytes(is)) : size
    await settle(told, services, { volume, capacity })
    events.record(claim, { type: 'Normal', reason: 'VolumeResizeSuccessful', message: `The disk has ${capacity} now.` })
  } catch (error) {
    // Somebody wrote to the claim meanwhile: that is no failure of the disk, and is tried again with the claim as it is.
    if (error instanceof StatusError && error.code === 'Conflict') throw error
    const message = `The disk could not grow to ${size}: ${withoutRoot(messageOf(error), services.paths)}`
    events.record(claim, { type: 'Warning', reason: 'VolumeResizeFailed', message })
    await tell(claim, services, { message, outcome: 'ControllerResizeInProgress', failed: true })
    return { requeueAfterMs: roomRecheckMs }
  }
}

async function giveUp(claim: Claim, services: EngineServices, volume: string): Promise<void> {
  const { sizeBytes } = await sizeOf(services, volume)
  const has = claim.status?.capacity?.['storage'] ?? '0'
  // An engine may have ended between the growth and the words about it.
  const capacity = sizeBytes > quantityToBytes(has) ? formatQuantity(quantityFromBytes(sizeBytes)) : has
  await settle(claim, services, { volume, capacity })
  const message = `The disk stays at ${capacity}: nothing larger is asked for any more.`
  services.events.record(claim, { type: 'Normal', reason: 'VolumeResizeCancelled', message })
}

function isGrowing({ status }: Claim): boolean {
  return (
    status?.allocatedResourceStatuses?.['storage'] !== undefined ||
    (status?.conditions ?? []).some(({ type }) => type === 'Resizing' || type === failure)
  )
}

async function sizeOf({ volumes }: EngineServices, volume: string): Promise<{ path: string; sizeBytes: number }> {
  const [{ path }, { sizeBytes }] = await Promise.all([volumes.images(volume), volumes.usage(volume)])
  return { path, sizeBytes }
}

async function growLive({ driver }: EngineServices, path: string, sizeBytes: number): Promise<void> {
  const has = (domain: Domain): string[] =>
    domain.status.state === 'stopped'
      ? []
      : domain.spec.disks.flatMap((disk) => (disk.path === path ? [disk.name] : []))
  for (const domain of driver.list()) for (const disk of has(domain)) await domain.resizeDisk(disk, sizeBytes)
}

/** The volume first: the claim's word is the last. */
async function settle(
  claim: Claim,
  { client }: EngineServices,
  { volume, capacity }: { volume: string; capacity: string },
): Promise<void> {
  const patch = { spec: { capacity: { storage: capacity } } }
  await client.patch(persistentVolumes, { name: volume }, { type: 'merge', patch })
  const { conditions = [], allocatedResourceStatuses: _done, ...status } = claim.status ?? {}
  const left = conditions.filter(({ type }) => type !== 'Resizing' && type !== failure)
  await client.updateStatus(persistentVolumeClaims, {
    ...claim,
    status: {
      ...status,
      capacity: { storage: capacity },
      allocatedResources: { storage: capacity },
      ...(left.length === 0 ? {} : { conditions: left }),
    },
  })
}

/** Says in the claim's status how it stands; `outcome` in Kubernetes' words. */
async function tell(
  claim: Claim,
  { client, clock, informers }: EngineServices,
  {
    message,
    outcome,
    failed = outcome === 'ControllerResizeInfeasible',
  }: { message: string; outcome: 'ControllerResizeInProgress' | 'ControllerResizeInfeasible'; failed?: boolean },
): Promise<Claim> {
  const current = informers.claims.get(claim.metadata.namespace, claim.metadata.name ?? '') ?? claim
  const resizing = setCondition(
    (current.status?.conditions ?? []).filter(({ type }) => type !== failure),
    { type: 'Resizing', status: 'True', message },
    clock.now(),
  )
  const conditions = failed ? setCondition(resizing, { type: failure, status: 'True', message }, clock.now()) : resizing
  const status: Status = {
    ...current.status,
    allocatedResources: { storage: claim.spec.resources?.requests?.['storage'] ?? '0' },
    allocatedResourceStatuses: { storage: outcome },
    conditions: [...conditions] as NonNullable<Status['conditions']>, // of the conditions that it had
  }
  if (isSaid(current.status, status)) return current
  return client.updateStatus(persistentVolumeClaims, { ...current, status })
}

/** But for when. */
function isSaid(before: Status | undefined, after: Status): boolean {
  const [had, has] = [before, after].map((status) => ({
    ...status,
    conditions: (status?.conditions ?? []).map(({ type, message }) => `${type}: ${message ?? ''}`),
  }))
  return deepEqual(had, has)
}
