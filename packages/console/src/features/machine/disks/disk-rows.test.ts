import { expect, test } from 'vitest'
import type { VirtualMachine, VirtualMachineInstance, VirtualMachineInstanceSpec } from '@berth/api'
import { diskRows } from './disk-rows.ts'

const spec: VirtualMachineInstanceSpec = {
  domain: {
    devices: {
      disks: [
        { name: 'root', disk: { bus: 'virtio' }, bootOrder: 1 },
        { name: 'cd', cdrom: { bus: 'sata' } },
      ],
    },
  },
  volumes: [{ name: 'root', persistentVolumeClaim: { claimName: 'root-claim' } }],
}
const machine: VirtualMachine = {
  apiVersion: 'kubevirt.io/v1',
  kind: 'VirtualMachine',
  metadata: { name: 'web' },
  spec: { runStrategy: 'Always', template: { spec } },
}

test('a drive without a volume is empty; a volume that was made to be can be taken out', () => {
  const [root, drive] = diskRows(machine, undefined)
  expect(root).toMatchObject({
    name: 'root',
    device: 'disk',
    bus: 'virtio',
    claim: 'root-claim',
    bootOrder: 1,
    removable: false,
  })
  expect(drive).toMatchObject({ name: 'cd', device: 'cdrom', source: undefined })
})

test('what runs is shown with what is on its way', () => {
  const hot = { name: 'hot', dataVolume: { name: 'hot', hotpluggable: true } }
  const wished: VirtualMachine = {
    ...machine,
    spec: { ...machine.spec, template: { spec: { ...spec, volumes: [...(spec.volumes ?? []), hot] } } },
  }
  const instance: VirtualMachineInstance = {
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachineInstance',
    metadata: { name: 'web' },
    spec: {
      ...spec,
      volumes: [
        ...(spec.volumes ?? []),
        { name: 'run', persistentVolumeClaim: { claimName: 'r', hotpluggable: true } },
      ],
    },
    status: {
      volumeStatus: [
        { name: 'root', target: 'vda', size: 1024 },
        { name: 'run', target: 'sda', phase: 'Ready' },
      ],
    },
  }
  const rows = new Map(diskRows(wished, instance).map((row) => [row.name, row]))
  expect(rows.get('root')).toMatchObject({ guestDevice: 'vda', size: 1024, ofRun: false })
  expect(rows.get('run')).toMatchObject({ ofRun: true, removable: true, phase: 'Ready' })
  expect(rows.get('hot')).toMatchObject({ source: 'dataVolume', removable: true, ofRun: false })
})

test('names in the guest are those of Linux, which counts CD drives apart', () => {
  const many = Array.from({ length: 28 }, (_, index) => `d${String(index)}`)
  const instance: VirtualMachineInstance = {
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachineInstance',
    metadata: { name: 'web' },
    spec: {
      domain: {
        devices: {
          disks: [
            { name: 'cd', cdrom: { bus: 'sata' } },
            ...many.map((name) => ({ name, disk: { bus: 'scsi' as const } })),
          ],
        },
      },
    },
    status: {
      volumeStatus: [
        { name: 'cd', target: 'sda' },
        { name: 'root', target: 'vda' },
        ...many.map((name, index) => ({
          name,
          target: index < 25 ? `sd${String.fromCodePoint(98 + index)}` : `sda${String.fromCodePoint(72 + index)}`,
        })),
      ],
    },
  }
  const rows = new Map(diskRows(machine, instance).map((row) => [row.name, row.guestDevice]))
  expect(['cd', 'root', 'd0', 'd24', 'd25', 'd26', 'd27'].map((name) => rows.get(name))).toEqual([
    'sr0',
    'vda',
    'sda',
    'sdy',
    'sdz',
    'sdaa',
    'sdab',
  ])
})
