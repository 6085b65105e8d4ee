/** Admission of VirtualMachineBackups and their trackers: the rules of the published schemas, and KubeVirt's own. */

import { deepEqual, type StatusCause } from '@berth/meta'
import type { VirtualMachineBackup, VirtualMachineBackupTracker } from '../types/backup.ts'
import type { TypedReference } from '../types/core.ts'
import { isBackupOver } from './conditions.ts'

const backupGroup = 'backup.kubevirt.io'
const machineGroup = 'kubevirt.io'

/** @param others the backups of the namespace */
export function validateBackup(
  backup: Readonly<VirtualMachineBackup>,
  previous: Readonly<VirtualMachineBackup> | undefined,
  others: readonly Readonly<VirtualMachineBackup>[],
): StatusCause[] {
  if (previous !== undefined) return unchanged(backup.spec, previous.spec)
  const { source, mode, pvcName = '', tokenSecretRef = '' } = backup.spec
  const causes = backupSource(source)
  if (pvcName === '') causes.push(broken('spec', 'pvcName is required'))
  if (mode === 'Pull' && tokenSecretRef === '')
    causes.push(broken('spec', 'tokenSecretRef is required when mode is Pull'))
  if (causes.length > 0) return causes
  const running = others.find((other) => deepEqual(other.spec.source, source) && !isBackupOver(other))
  if (running === undefined) return []
  return [
    {
      reason: 'FieldValueInvalid',
      field: 'spec.source',
      message: `VirtualMachineBackup "${running.metadata.name ?? ''}" in progress for source`,
    },
  ]
}

export function validateBackupTracker(
  tracker: Readonly<VirtualMachineBackupTracker>,
  previous: Readonly<VirtualMachineBackupTracker> | undefined,
): StatusCause[] {
  if (previous !== undefined) return unchanged(tracker.spec, previous.spec)
  const { apiGroup, kind, name } = tracker.spec.source
  const causes: StatusCause[] = []
  if (apiGroup !== machineGroup) causes.push(broken('spec.source', 'apiGroup must be kubevirt.io'))
  if (kind !== 'VirtualMachine') causes.push(broken('spec.source', 'kind must be VirtualMachine'))
  if (name === '') causes.push(broken('spec.source', 'name is required'))
  return causes
}

function backupSource({ apiGroup, kind, name }: TypedReference): StatusCause[] {
  const causes: StatusCause[] = []
  if (apiGroup === undefined || apiGroup === null) causes.push(broken('spec.source', 'apiGroup is required'))
  else {
    if (apiGroup !== machineGroup && apiGroup !== backupGroup)
      causes.push(broken('spec.source', 'apiGroup must be kubevirt.io or backup.kubevirt.io'))
    const fits =
      (apiGroup === machineGroup && kind === 'VirtualMachine') ||
      (apiGroup === backupGroup && kind === 'VirtualMachineBackupTracker')
    if (!fits) {
      const why = 'kind must be VirtualMachine for kubevirt.io or VirtualMachineBackupTracker for backup.kubevirt.io'
      causes.push(broken('spec.source', why))
    }
  }
  if (name === '') causes.push(broken('spec.source', 'name is required'))
  return causes
}

function unchanged(spec: object, previous: object): StatusCause[] {
  return deepEqual(spec, previous) ? [] : [broken('spec', 'spec is immutable after creation')]
}

/** As the API server words a rule of a schema that does not hold. */
function broken(field: string, message: string): StatusCause {
  return { reason: 'FieldValueInvalid', field, message: `Invalid value: "object": ${message}` }
}
