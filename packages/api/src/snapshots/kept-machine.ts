/** The machine that a snapshot keeps: of a running one what runs, with the volumes as they are now. Source: KubeVirt's snapshot source. */

import { deepClone } from '@berth/meta'
import type { PersistentVolumeClaim } from '../types/core.ts'
import type { VirtualMachine, VirtualMachineSpec } from '../types/machine.ts'
import type { KeptMachine, VolumeBackup } from '../types/snapshot.ts'
import type { Volume } from '../types/volume.ts'
import { joinedName } from './restore-names.ts'
import { snapshotClaimOf } from './volume-abilities.ts'
import { persistentStateLabel } from '../persistent-state.ts'

/** @param started what the running instance was made from; undefined for a machine that is off */
export function keptMachine(machine: Readonly<VirtualMachine>, started: VirtualMachineSpec | undefined): KeptMachine {
  const spec = deepClone(started ?? machine.spec)
  if (started !== undefined) {
    const now = deepClone(machine.spec)
    const { volumes } = now.template.spec
    const { disks } = now.template.spec.domain.devices
    replace(spec.template.spec, 'volumes', volumes)
    replace(spec.template.spec.domain.devices, 'disks', disks)
    replace(spec, 'dataVolumeTemplates', now.dataVolumeTemplates)
  }
  return { metadata: keptMetadata(machine.metadata), spec }
}

/** What has a meaning outside of the store. */
export function keptMetadata({
  managedFields: _managed,
  ...metadata
}: VirtualMachine['metadata']): KeptMachine['metadata'] {
  return deepClone(metadata)
}

export function keptClaim({ metadata, spec }: Readonly<PersistentVolumeClaim>): VolumeBackup['persistentVolumeClaim'] {
  return { metadata: keptMetadata(metadata), spec: deepClone(spec) }
}

/** How the claim with a machine's TPM and UEFI variables is called among its volumes. */
export function stateVolumeName(machine: string): string {
  return joinedName(persistentStateLabel, machine)
}

/** The claims that a snapshot of the machine freezes, by volume. */
export function snapshotClaims(volumes: readonly Volume[]): { volume: string; claim: string }[] {
  return volumes.flatMap((volume) => {
    const claim = snapshotClaimOf(volume)
    return claim === undefined ? [] : [{ volume: volume.name, claim }]
  })
}

function replace<T extends object, K extends keyof T>(target: T, key: K, value: T[K] | undefined): void {
  if (value === undefined) delete target[key]
  else target[key] = value
}
