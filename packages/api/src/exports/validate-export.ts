/** What an export may be of, in the order and words of KubeVirt's webhook. */

import { deepEqual, type StatusCause } from '@berth/meta'
import type { VirtualMachineExport } from '../types/export.ts'

interface SourceRule {
  name: string
  group: string
  groupMessage: string
}

const rules: Readonly<Record<string, SourceRule>> = {
  PersistentVolumeClaim: { name: 'PVC', group: '', groupMessage: 'PVC API group must be missing or blank' },
  VirtualMachineSnapshot: {
    name: 'VMSnapshot',
    group: 'snapshot.kubevirt.io',
    groupMessage: 'VMSnapshot API group must be snapshot.kubevirt.io',
  },
  VirtualMachineBackup: {
    name: 'VirtualMachineBackup',
    group: 'backup.kubevirt.io',
    groupMessage: 'VirtualMachineBackup API group must be backup.kubevirt.io',
  },
  VirtualMachine: { name: 'Virtual Machine', group: 'kubevirt.io', groupMessage: 'VM API group must be kubevirt.io' },
}

/** Known to KubeVirt, and not to be had here. */
const refused: Readonly<Record<string, string>> = {
  VirtualMachineTemplate:
    'VirtualMachineTemplate source requires the OCIExport feature gate and virt-template deployment to be enabled',
}

export function validateExport(
  { spec }: VirtualMachineExport,
  previous: VirtualMachineExport | undefined,
): StatusCause[] {
  const cause = (field: string, message: string): StatusCause => ({ reason: 'FieldValueInvalid', field, message })
  if (previous !== undefined)
    return deepEqual(spec, previous.spec) ? [] : [cause('spec', 'spec in immutable after creation')]
  const { apiGroup, kind, name } = spec.source
  const rule = Object.hasOwn(rules, kind) ? rules[kind] : undefined
  if (rule === undefined)
    return [cause('spec.source.kind', (Object.hasOwn(refused, kind) ? refused[kind] : undefined) ?? 'invalid kind')]
  return [
    ...(name === '' ? [cause('spec.source.name', `${rule.name} name must not be empty`)] : []),
    ...((apiGroup ?? '') === rule.group ? [] : [cause('spec.source.APIGroup', rule.groupMessage)]),
  ]
}
