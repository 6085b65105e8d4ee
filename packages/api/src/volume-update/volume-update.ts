/**
 * Volumes of a running machine that move to other claims (`updateVolumesStrategy: Migration`): which, whether they may, and what becomes
 * of a machine that ends in the middle. Source: KubeVirt's vm controller and its volume migration.
 */

import { isConditionTrue, removeCondition, setCondition, type Condition } from '@berth/meta'
import { isFinal } from '../status/phase.ts'
import type { VirtualMachineInstance, VirtualMachineInstanceSpec } from '../types/instance.ts'
import type { VirtualMachine, VirtualMachineStatus } from '../types/machine.ts'
import type { MigratedVolume, Volume } from '../types/volume.ts'

export interface ClaimChange {
  volume: string
  /** Names of claims; a DataVolume's claim has its name. */
  from: string
  to: string
}

export const revertOnly = 'The volume can only be reverted to the previous version during the update'

/** Why a machine was not started again, in KubeVirt's words. */
const interrupted = 'VMI was removed or was final during the volume migration'

/** Whether a machine's volumes move when their claims are changed while it runs. */
export function movesVolumes({ spec }: Readonly<Pick<VirtualMachine, 'spec'>>): boolean {
  return spec.updateVolumesStrategy === 'Migration'
}

/** Volumes that both have, with another claim. */
export function changedClaims(
  template: Readonly<Pick<VirtualMachineInstanceSpec, 'volumes'>>,
  instance: Readonly<Pick<VirtualMachineInstanceSpec, 'volumes'>>,
): ClaimChange[] {
  const wanted = claimsByVolume(template)
  return [...claimsByVolume(instance)].flatMap(([volume, from]) => {
    const to = wanted.get(volume)
    return to === undefined || to === from ? [] : [{ volume, from, to }]
  })
}

function claimsByVolume({ volumes = [] }: Readonly<Pick<VirtualMachineInstanceSpec, 'volumes'>>): Map<string, string> {
  return new Map(
    volumes.flatMap((volume) => {
      const claim = lastingClaim(volume)
      return claim === undefined ? [] : [[volume.name, claim]]
    }),
  )
}

function lastingClaim({ persistentVolumeClaim, dataVolume }: Volume): string | undefined {
  return persistentVolumeClaim?.claimName ?? dataVolume?.name
}

/** What cannot move, in KubeVirt's words; undefined when all can. */
export function unmovable(
  changes: readonly ClaimChange[],
  { domain }: Readonly<VirtualMachineInstanceSpec>,
): string | undefined {
  const { disks = [], filesystems = [] } = domain.devices
  const moving = (names: string[]): string[] =>
    changes.map(({ volume }) => volume).filter((name) => names.includes(name))
  const kinds = {
    filesystems: moving(filesystems.map(({ name }) => name)),
    shareable: moving(disks.filter(({ shareable }) => shareable === true).map(({ name }) => name)),
    luns: moving(disks.filter(({ lun }) => lun !== undefined).map(({ name }) => name)),
  }
  const found = Object.entries(kinds).filter(([, names]) => names.length > 0)
  if (found.length === 0) return undefined
  return `invalid volumes to update with migration:${found.map(([kind, names]) => ` ${kind}: [${names.join(' ')}]`).join('')}`
}

function pending(status: VirtualMachineStatus | undefined): readonly MigratedVolume[] {
  return status?.volumeUpdateState?.volumeMigrationState?.migratedVolumes ?? []
}

/** The template names the claims again that the volumes were to move from, or asks for no more moving. */
function isRecovered(machine: Readonly<VirtualMachine>): boolean {
  const wanted = claimsByVolume(machine.spec.template.spec)
  const reverted = pending(machine.status).every(
    ({ volumeName, sourcePVCInfo }) =>
      sourcePVCInfo === undefined || !wanted.has(volumeName) || wanted.get(volumeName) === sourcePVCInfo.claimName,
  )
  return reverted || !movesVolumes(machine)
}

/**
 * A machine that ended while its volumes moved: its template names claims that have not everything, so it is not started from them until
 * somebody sets them back.
 */
export function needsRecovery(machine: Readonly<VirtualMachine>): boolean {
  if (isConditionTrue(machine.status?.conditions, 'ManualRecoveryRequired') && pending(machine.status).length === 0)
    return true
  return pending(machine.status).length > 0 && !isRecovered(machine)
}

/**
 * The machine's status with what is to be said of an interrupted move; the very same object when nothing is. The spec of an instance that
 * ended names the claims that have everything: it names the new one from the moment when both are equal, and as long as the guest is there.
 */
export function withVolumeUpdate(
  status: VirtualMachineStatus,
  { machine, instance, now }: { machine: VirtualMachine; instance: VirtualMachineInstance | undefined; now: Date },
): VirtualMachineStatus {
  const before = pending(status)
  if (before.length === 0) return status
  const isOver = instance === undefined || isFinal(instance)
  const reached = instance === undefined || !isOver ? new Map<string, string>() : claimsByVolume(instance.spec)
  const left = before.filter(
    ({ volumeName, destinationPVCInfo }) =>
      reached.get(volumeName) === undefined || reached.get(volumeName) !== destinationPVCInfo?.claimName,
  )
  const { volumeUpdateState: _before, ...others } = status
  if (left.length === 0 || isRecovered({ ...machine, status: withPending(status, left) })) {
    const conditions = removeCondition(status.conditions, 'ManualRecoveryRequired') as Condition[]
    return { ...others, conditions }
  }
  if (!isOver) return status
  const names = left
    .map(({ volumeName, sourcePVCInfo, destinationPVCInfo }) => {
      const claims = `from claim ${sourcePVCInfo?.claimName ?? ''} to ${destinationPVCInfo?.claimName ?? ''}`
      return `${volumeName} (${claims})`
    })
    .join(', ')
  const message = `The machine ended while these volumes moved: ${names}. Set them back to the claims they came from, which have everything, and start it again.`
  const conditions = setCondition(
    status.conditions,
    { type: 'ManualRecoveryRequired', status: 'True', reason: interrupted, message },
    now,
  ) as Condition[]
  return { ...withPending(status, left), conditions }
}

function withPending(status: VirtualMachineStatus, migratedVolumes: MigratedVolume[]): VirtualMachineStatus {
  return { ...status, volumeUpdateState: { volumeMigrationState: { migratedVolumes } } }
}
