/** Whether a machine could move to another node while it runs, and how. Source: KubeVirt's node agent. */

import type { VirtualMachineInstance } from '../types/instance.ts'
import type { Volume } from '../types/volume.ts'
import { claimNameOf } from '../volumes.ts'

export interface Migratability {
  /** `BlockMigration` where disks would have to move along. */
  method: 'LiveMigration' | 'BlockMigration'
  /** What keeps it where it is; there always is something on one host. */
  problems: [MigrationProblem, ...MigrationProblem[]]
}

export interface MigrationProblem {
  reason: string
  message: string
}

const bridgeAnnotation = 'kubevirt.io/allow-pod-bridge-network-live-migration'
const ownProblem: MigrationProblem = {
  reason: 'NoMigrationTarget',
  message: 'cannot migrate VMI: the nodes of the embedded engine share one host, and machines do not move between them',
}

/** @param accessModes of a claim; undefined for one that is not there */
export function migratability(
  instance: Readonly<VirtualMachineInstance>,
  accessModes: (claim: string) => readonly string[] | undefined,
): Migratability {
  const disks = diskProblem(instance, accessModes)
  const problems = [interfaceProblem(instance), disks].filter((problem) => problem !== undefined)
  const blocks = disks !== undefined || (instance.spec.volumes ?? []).some((volume) => movesAlong(volume, instance))
  return { method: blocks ? 'BlockMigration' : 'LiveMigration', problems: withOwn(problems) }
}

function withOwn([first, ...rest]: MigrationProblem[]): Migratability['problems'] {
  return first === undefined ? [ownProblem] : [first, ...rest, ownProblem]
}

function diskProblem(
  { spec }: Readonly<VirtualMachineInstance>,
  accessModes: (claim: string) => readonly string[] | undefined,
): MigrationProblem | undefined {
  const reason = 'DisksNotLiveMigratable'
  for (const volume of spec.volumes ?? []) {
    if (volume.hostDisk !== undefined && volume.hostDisk.shared !== true)
      return { reason, message: 'cannot migrate VMI with non-shared HostDisk' }
    const claim = claimNameOf(volume)
    if (claim === undefined || accessModes(claim)?.includes('ReadWriteMany') === true) continue
    const words = `PVC ${claim} is not shared, live migration requires that all PVCs must be shared (using ReadWriteMany access mode)`
    return { reason, message: `cannot migrate VMI: ${words}` }
  }
  return undefined
}

/** A volume that is a file of this run; a CD-ROM nobody writes to is made anew instead. */
function movesAlong(volume: Volume, { spec }: Readonly<VirtualMachineInstance>): boolean {
  if (claimNameOf(volume) !== undefined || volume.hostDisk !== undefined) return false
  const disk = (spec.domain.devices.disks ?? []).find(({ name }) => name === volume.name)
  return disk !== undefined && disk.cdrom?.readonly !== true
}

function interfaceProblem({ spec, metadata }: Readonly<VirtualMachineInstance>): MigrationProblem | undefined {
  const pod = (spec.networks ?? []).find((network) => network.pod !== undefined)
  const card = (spec.domain.devices.interfaces ?? []).find(({ name }) => name === pod?.name)
  const bridged = card?.bridge !== undefined && metadata.annotations?.[bridgeAnnotation] === undefined
  if (!bridged) return undefined
  return {
    reason: 'InterfaceNotLiveMigratable',
    message: `cannot migrate VMI which does not use masquerade, bridge with ${bridgeAnnotation} VM annotation or a migratable plugin to connect to the pod network`,
  }
}
