import { expect, test } from 'vitest'
import type { VirtualMachine, VirtualMachineInstance } from '@berth/api'
import { interfaceRows } from './interface-rows.ts'

const machine: VirtualMachine = {
  apiVersion: 'kubevirt.io/v1',
  kind: 'VirtualMachine',
  metadata: { name: 'web' },
  spec: {
    runStrategy: 'Always',
    template: {
      spec: {
        domain: {
          devices: {
            interfaces: [
              { name: 'default', masquerade: {}, ports: [{ port: 22 }, { name: 'http', port: 80, protocol: 'TCP' }] },
              { name: 'lan', bridge: {}, macAddress: '02:00:00:00:00:01' },
            ],
          },
        },
        networks: [
          { name: 'default', pod: {} },
          { name: 'lan', multus: { networkName: 'vlan-7' } },
        ],
      },
    },
  },
}

test('interfaces are told with their networks and ports', () => {
  expect(interfaceRows(machine, undefined)).toMatchObject([
    { name: 'default', network: 'pod', binding: 'masquerade', ports: ['22/TCP', 'http: 80/TCP'], addresses: [] },
    { name: 'lan', network: 'vlan-7', binding: 'bridge', mac: '02:00:00:00:00:01' },
  ])
})

test('what runs tells its addresses, and cards the guest made itself', () => {
  const instance: VirtualMachineInstance = {
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachineInstance',
    metadata: { name: 'web' },
    spec: machine.spec.template.spec,
    status: {
      interfaces: [
        {
          name: 'default',
          ipAddress: '10.0.0.2',
          ipAddresses: ['10.0.0.2', 'fd00::2'],
          mac: 'a',
          interfaceName: 'eth0',
        },
        { interfaceName: 'docker0', ipAddress: '172.17.0.1' },
      ],
    },
  }
  expect(interfaceRows(machine, instance)).toMatchObject([
    { name: 'default', addresses: ['10.0.0.2', 'fd00::2'], guestName: 'eth0' },
    { name: 'lan', addresses: [] },
    { name: 'docker0', addresses: ['172.17.0.1'], network: '' },
  ])
})
