/** A claim that asks for more gets it: at once, also while machines run with it, whose guests see the new size. */

import { messageOf } from '@berth/base'
import type { Domain } from '@berth/hypervisor'
import { persistentVolumeClaims, persistentVolumes, type PersistentVolumeClaim } from '@berth/kube'
import { quantityToBytes, setCondition } from '@berth/meta'
import { withoutRoot } from '../host/data-directory.ts'
import { isStateClaim } from '../instances/state/state-claim.ts'
import type { EngineServices } from '../services.ts'
import { noRoomFor, roomRecheckMs } from './capacity.ts'

type Claim = Readonly<PersistentVolumeClaim>

/** @param growth the claim's volume, by the claim's own identity: the name in its spec could be anybody's; and the bytes it asks for */
export async function growClaim(
  claim: Claim,
  services: EngineServices,
  { volume, wants }: { volume: string; wants: number },
): Promise<void | { requeueAfterMs: number }> {
  const { client, volumes, events } = services
  const has = quantityToBytes(claim.status?.capacity?.['storage'] ?? '0')
  const size = claim.spec.resources?.requests?.['storage'] ?? '0'
  // A folder takes what it needs.
  if (wants <= has || isStateClaim(claim)) return
  const storage = volumes.storageOf(volume)
  const noRoom = await noRoomFor(services, { storage, bytes: wants - has, what: 'what the volume grows by' })
  if (noRoom !== undefined) {
    events.record(claim, { type: 'Warning', reason: 'VolumeResizeFailed', message: noRoom })
    await tell(claim, services, noRoom, { failed: true })
    return { requeueAfterMs: roomRecheckMs }
  }
  try {
    const told = await tell(claim, services, `The disk grows to ${size}.`)
    const { path } = await volumes.images(volume)
    await volumes.grow(volume, wants, { live: (sizeBytes) => growLive(services, path, sizeBytes) })
    await growVolumeObject(services, volume, size)
    const { conditions = [], ...status } = told.status ?? {}
    const left = conditions.filter(({ type }) => type !== 'Resizing' && type !== failure)
    await client.updateStatus(persistentVolumeClaims, {
      ...told,
      status: { ...status, capacity: { storage: size }, ...(left.length === 0 ? {} : { conditions: left }) },
    })
    events.record(claim, { type: 'Normal', reason: 'VolumeResizeSuccessful', message: `The disk has ${size} now.` })
  } catch (error) {
    const message = `The disk could not grow to ${size}: ${withoutRoot(messageOf(error), services.paths)}`
    events.record(claim, { type: 'Warning', reason: 'VolumeResizeFailed', message })
    await tell(claim, services, message, { failed: true })
    return { requeueAfterMs: roomRecheckMs }
  }
}

async function growLive({ driver }: EngineServices, path: string, sizeBytes: number): Promise<void> {
  const has = (domain: Domain): string[] =>
    domain.status.state === 'stopped'
      ? []
      : domain.spec.disks.flatMap((disk) => (disk.path === path ? [disk.name] : []))
  for (const domain of driver.list()) for (const disk of has(domain)) await domain.resizeDisk(disk, sizeBytes)
}

async function growVolumeObject({ client }: EngineServices, name: string, size: string): Promise<void> {
  const patch = { spec: { capacity: { storage: size } } }
  await client.patch(persistentVolumes, { name }, { type: 'merge', patch })
}

/** What Kubernetes' resizer calls it, which is where clients look for the reason. */
const failure = 'ControllerResizeError'

/** Says in the claim's conditions how it stands. */
async function tell(
  claim: Claim,
  { client, clock, informers }: EngineServices,
  message: string,
  { failed = false } = {},
): Promise<Claim> {
  const conditions = claim.status?.conditions ?? []
  const known = conditions.find(({ type }) => type === 'Resizing')
  if (known?.message === message && failed === conditions.some(({ type }) => type === failure)) return claim
  const resizing = setCondition(
    conditions.filter(({ type }) => type !== failure),
    { type: 'Resizing', status: 'True', message },
    clock.now(),
  )
  const changed = failed ? setCondition(resizing, { type: failure, status: 'True', message }, clock.now()) : resizing
  const current = informers.claims.get(claim.metadata.namespace, claim.metadata.name ?? '') ?? claim
  return client.updateStatus(persistentVolumeClaims, {
    ...current,
    status: {
      ...current.status,
      conditions: [...changed] as NonNullable<PersistentVolumeClaim['status']>['conditions'],
    },
  })
}
