import { describe, expect, it } from 'vitest'
import type { VirtualMachineExport } from '../types/export.ts'
import { validateExport } from './validate-export.ts'

const exportOf = (kind: string, name = 'x', apiGroup?: string): VirtualMachineExport => ({
  apiVersion: 'export.kubevirt.io/v1',
  kind: 'VirtualMachineExport',
  metadata: { name: 'e', namespace: 'default' },
  spec: { source: { kind, name, ...(apiGroup === undefined ? {} : { apiGroup }) } },
})

describe('an export', () => {
  it.each([
    ['PersistentVolumeClaim', undefined],
    ['PersistentVolumeClaim', ''],
    ['VirtualMachine', 'kubevirt.io'],
    ['VirtualMachineSnapshot', 'snapshot.kubevirt.io'],
    ['VirtualMachineBackup', 'backup.kubevirt.io'],
  ])('may be of a %s of group %j', (kind, group) => {
    expect(validateExport(exportOf(kind, 'x', group), undefined)).toEqual([])
  })

  it.each([
    ['Secret', 'x', '', 'spec.source.kind', 'invalid kind'],
    ['constructor', 'x', '', 'spec.source.kind', 'invalid kind'],
    ['PersistentVolumeClaim', '', '', 'spec.source.name', 'PVC name must not be empty'],
    ['PersistentVolumeClaim', 'x', 'v1', 'spec.source.APIGroup', 'PVC API group must be missing or blank'],
    ['VirtualMachine', 'x', undefined, 'spec.source.APIGroup', 'VM API group must be kubevirt.io'],
    ['VirtualMachineSnapshot', '', 'snapshot.kubevirt.io', 'spec.source.name', 'VMSnapshot name must not be empty'],
    [
      'VirtualMachineBackup',
      'x',
      'kubevirt.io',
      'spec.source.APIGroup',
      'VirtualMachineBackup API group must be backup.kubevirt.io',
    ],
    ['VirtualMachineTemplate', 'x', 'template.kubevirt.io', 'spec.source.kind', /virt-template/],
  ])('of %s "%s" of group %j is refused at %s', (kind, name, group, field, message) => {
    expect(validateExport(exportOf(kind, name, group), undefined)).toEqual([
      {
        reason: 'FieldValueInvalid',
        field,
        message: message instanceof RegExp ? expect.stringMatching(message) : message,
      },
    ])
  })

  it('stays what it is', () => {
    const before = exportOf('PersistentVolumeClaim')
    expect(validateExport(before, before)).toEqual([])
    expect(validateExport(exportOf('PersistentVolumeClaim', 'y'), before)).toMatchObject([{ field: 'spec' }])
  })
})
