/** Expected causes are those of KubeVirt's own webhook for the same manifest. */

import { describe, expect, it } from 'vitest'
import { instanceCauses, type Row } from '../testing/causes.ts'

const rows: Row[] = [
  [
    'state',
    {
      domain: { devices: { interfaces: [{ name: 'default', masquerade: {}, state: 'sleeping' }] } },
      networks: [{ name: 'default', pod: {} }],
    },
    ['Invalid spec.domain.devices.interfaces[0].state: logical default interface state value is unsupported: sleeping'],
  ],
  [
    'state of SR-IOV',
    {
      domain: { devices: { interfaces: [{ name: 'default', sriov: {}, state: 'down' }] } },
      networks: [{ name: 'default', multus: { networkName: 'x' } }],
    },
    [
      'Invalid spec.domain.devices.interfaces[0].state: "default" interface\'s state "down" is not supported for SR-IOV NICs',
    ],
  ],
  [
    'absent',
    {
      domain: { devices: { interfaces: [{ name: 'default', masquerade: {}, state: 'absent' }] } },
      networks: [{ name: 'default', pod: {} }],
    },
    [
      'Invalid spec.domain.devices.interfaces[0].state: "default" interface\'s state "absent" is supported only for bridge binding',
      'Invalid spec.domain.devices.interfaces[0].state: "default" interface\'s state "absent" is not supported on default networks',
    ],
  ],
  [
    'absent on a default network',
    {
      domain: { devices: { interfaces: [{ name: 'default', bridge: {}, state: 'absent' }] } },
      networks: [{ name: 'default', pod: {} }],
    },
    [
      'Invalid spec.domain.devices.interfaces[0].state: "default" interface\'s state "absent" is not supported on default networks',
    ],
  ],
  [
    'no binding',
    { domain: { devices: { interfaces: [{ name: 'default' }] } }, networks: [{ name: 'default', pod: {} }] },
    [
      'Invalid spec.domain.devices.interfaces[0]: logical default interface must have exactly one binding method or binding plugin',
    ],
  ],
  [
    'two bindings',
    {
      domain: { devices: { interfaces: [{ name: 'default', masquerade: {}, bridge: {} }] } },
      networks: [{ name: 'default', pod: {} }],
    },
    [
      'Invalid spec.domain.devices.interfaces[0]: logical default interface must have exactly one binding method or binding plugin',
    ],
  ],
  [
    'masquerade elsewhere',
    {
      domain: { devices: { interfaces: [{ name: 'default', masquerade: {} }] } },
      networks: [{ name: 'default', multus: { networkName: 'x' } }],
    },
    ['Invalid spec.domain.devices.interfaces[0].name: Masquerade interface only implemented with pod network'],
  ],
  [
    'reserved address',
    {
      domain: { devices: { interfaces: [{ name: 'default', masquerade: {}, macAddress: '02:00:00:00:00:00' }] } },
      networks: [{ name: 'default', pod: {} }],
    },
    [
      'Invalid spec.domain.devices.interfaces[0].macAddress: The requested MAC address is reserved for the in-pod bridge. Please choose another one.',
    ],
  ],
  [
    'bridge on the pod network',
    {
      domain: { devices: { interfaces: [{ name: 'default', bridge: {} }] } },
      networks: [{ name: 'default', pod: {} }],
    },
    [
      'Invalid spec.domain.devices.interfaces[0].name: Bridge on pod network configuration is not enabled under kubevirt-config',
    ],
    { network: { permitBridgeInterfaceOnPodNetwork: false } },
  ],
  [
    'passt without the gate',
    {
      domain: { devices: { interfaces: [{ name: 'default', passtBinding: {} }] } },
      networks: [{ name: 'default', pod: {} }],
    },
    ['Invalid spec.domain.devices.interfaces[0].name: PasstBinding feature gate is not enabled'],
    { developerConfiguration: { disabledFeatureGates: ['PasstBinding'] } },
  ],
  [
    'passt elsewhere',
    {
      domain: { devices: { interfaces: [{ name: 'default', passtBinding: {} }] } },
      networks: [{ name: 'default', multus: { networkName: 'x' } }],
    },
    ['Invalid spec.domain.devices.interfaces[0].name: PasstBinding interface only implemented with pod network'],
  ],
  [
    'discontinued bindings',
    {
      domain: { devices: { interfaces: [{ name: 'default', masquerade: {}, slirp: {}, passt: {}, macvtap: {} }] } },
      networks: [{ name: 'default', pod: {} }],
    },
    [
      'Invalid spec.domain.devices.interfaces[0].slirp: Slirp interface support has been discontinued since v1.3',
      'Invalid spec.domain.devices.interfaces[0].passt: Passt network binding has been discontinued since v1.3',
      'Invalid spec.domain.devices.interfaces[0].macvtap: Macvtap network binding has been discontinued since v1.3',
    ],
  ],
  [
    'name',
    { networks: [{ name: 'a.b', pod: {} }], domain: { devices: { interfaces: [{ name: 'a.b', masquerade: {} }] } } },
    [
      'Invalid spec.domain.devices.interfaces[0].name: Network interface name can only contain alphabetical characters, numbers, dashes (-) or underscores (_)',
    ],
  ],
  [
    'model',
    {
      domain: { devices: { interfaces: [{ name: 'default', masquerade: {}, model: 'ne3k' }] } },
      networks: [{ name: 'default', pod: {} }],
    },
    [
      'NotSupported spec.domain.devices.interfaces[0].model: interface spec.domain.devices.interfaces[0].name uses model ne3k that is not supported.',
    ],
  ],
  [
    'address',
    {
      domain: { devices: { interfaces: [{ name: 'default', masquerade: {}, macAddress: '02:00:00:00:00' }] } },
      networks: [{ name: 'default', pod: {} }],
    },
    [
      'Invalid spec.domain.devices.interfaces[0].macAddress: interface spec.domain.devices.interfaces[0].name has malformed MAC address (02:00:00:00:00).',
    ],
  ],
  [
    'mixed address',
    {
      domain: { devices: { interfaces: [{ name: 'default', masquerade: {}, macAddress: '02:00-00:00:00:01' }] } },
      networks: [{ name: 'default', pod: {} }],
    },
    [
      'Invalid spec.domain.devices.interfaces[0].macAddress: interface spec.domain.devices.interfaces[0].name has malformed MAC address (02:00-00:00:00:01).',
    ],
  ],
  [
    'address in fours',
    {
      domain: { devices: { interfaces: [{ name: 'default', masquerade: {}, macAddress: '0200.0000.0001' }] } },
      networks: [{ name: 'default', pod: {} }],
    },
    [],
  ],
  [
    'long address',
    {
      domain: { devices: { interfaces: [{ name: 'default', masquerade: {}, macAddress: '02:00:00:00:00:00:00:01' }] } },
      networks: [{ name: 'default', pod: {} }],
    },
    [
      'Invalid spec.domain.devices.interfaces[0].macAddress: interface spec.domain.devices.interfaces[0].name has too long MAC address (02:00:00:00:00:00:00:01).',
    ],
  ],
  [
    'PCI address',
    {
      domain: { devices: { interfaces: [{ name: 'default', masquerade: {}, pciAddress: '81:00.1' }] } },
      networks: [{ name: 'default', pod: {} }],
    },
    [
      'Invalid spec.domain.devices.interfaces[0].pciAddress: interface spec.domain.devices.interfaces[0].name has malformed PCI address (81:00.1).',
    ],
  ],
  [
    'port names',
    {
      domain: {
        devices: {
          interfaces: [
            {
              name: 'default',
              masquerade: {},
              ports: [
                { name: 'ssh', port: 22 },
                { name: 'ssh', port: 23 },
                { name: 'Bad_Name', port: 24 },
                { name: '22', port: 25 },
                { name: 'a--b', port: 26 },
              ],
            },
          ],
        },
      },
      networks: [{ name: 'default', pod: {} }],
    },
    [
      'Duplicate spec.domain.devices.interfaces[0].ports[1].name: Duplicate name of the port: ssh',
      'Invalid spec.domain.devices.interfaces[0].ports[2].name: Invalid name of the port: Bad_Name',
      'Invalid spec.domain.devices.interfaces[0].ports[3].name: Invalid name of the port: 22',
      'Invalid spec.domain.devices.interfaces[0].ports[4].name: Invalid name of the port: a--b',
    ],
  ],
  [
    'ports',
    {
      domain: {
        devices: {
          interfaces: [
            {
              name: 'default',
              masquerade: {},
              ports: [{ port: 0 }, { port: -1 }, { port: 65536 }, { port: 1, protocol: 'SCTP' }],
            },
          ],
        },
      },
      networks: [{ name: 'default', pod: {} }],
    },
    [
      'Required spec.domain.devices.interfaces[0].ports[0].port: Port field is mandatory.',
      'Invalid spec.domain.devices.interfaces[0].ports[1].port: Port field must be in range 0 < x < 65536.',
      'Invalid spec.domain.devices.interfaces[0].ports[2].port: Port field must be in range 0 < x < 65536.',
      'Invalid spec.domain.devices.interfaces[0].ports[3].protocol: Unknown protocol, only TCP or UDP allowed',
    ],
  ],
  [
    'ports elsewhere',
    {
      domain: { devices: { interfaces: [{ name: 'default', bridge: {}, ports: [{ port: 0 }] }] } },
      networks: [{ name: 'default', multus: { networkName: 'x' } }],
    },
    [],
  ],
  [
    'port ranges without the gate',
    {
      domain: {
        devices: {
          interfaces: [{ name: 'default', masquerade: {}, portRanges: [{ start: 1, end: 2, protocol: 'TCP' }] }],
        },
      },
      networks: [{ name: 'default', pod: {} }],
    },
    [
      'Invalid spec.domain.devices.interfaces[0].name: portRanges is specified on interface but the PortRangesSpec feature gate is not enabled',
    ],
  ],
  [
    'port ranges',
    {
      domain: {
        devices: {
          interfaces: [
            {
              name: 'default',
              masquerade: {},
              portRanges: [
                { start: 1, end: 2, protocol: 'SCTP' },
                { start: 0, end: 2, protocol: 'TCP' },
                { start: 1, end: 65536, protocol: 'TCP' },
                { start: 3, end: 2, protocol: 'TCP' },
                { start: 10, end: 20, protocol: 'TCP' },
                { start: 20, end: 30, protocol: 'TCP' },
              ],
            },
          ],
        },
      },
      networks: [{ name: 'default', pod: {} }],
    },
    [
      'Invalid spec.domain.devices.interfaces[0].portRanges[0].protocol: Unknown protocol, only TCP or UDP allowed',
      'Invalid spec.domain.devices.interfaces[0].portRanges[1].start: Start must be a valid port number, 0 < x < 65536',
      'Invalid spec.domain.devices.interfaces[0].portRanges[2].end: End must be a valid port number, 0 < x < 65536',
      'Invalid spec.domain.devices.interfaces[0].portRanges[3].start: Start must be less than or equal to end',
      'Invalid spec.domain.devices.interfaces[0].portRanges: TCP portRanges [10-20] and [20-30] overlap',
    ],
    { developerConfiguration: { featureGates: ['PortRangesSpec'] } },
  ],
  [
    'port ranges beside ports, not on masquerade',
    {
      domain: {
        devices: {
          interfaces: [
            { name: 'default', bridge: {}, ports: [{ port: 1 }], portRanges: [{ start: 1, end: 2, protocol: 'TCP' }] },
          ],
        },
      },
      networks: [{ name: 'default', pod: {} }],
    },
    [
      'Invalid spec.domain.devices.interfaces[0].name: Cannot define both ports and portRanges on interface',
      'Invalid spec.domain.devices.interfaces[0].name: portRanges are only supported on masquerade interfaces',
    ],
    { developerConfiguration: { featureGates: ['PortRangesSpec'] } },
  ],
  [
    'many port ranges',
    {
      domain: {
        devices: {
          interfaces: [
            {
              name: 'default',
              masquerade: {},
              portRanges: [
                { start: 1, end: 2, protocol: 'TCP' },
                { start: 11, end: 12, protocol: 'TCP' },
                { start: 21, end: 22, protocol: 'TCP' },
                { start: 31, end: 32, protocol: 'TCP' },
                { start: 41, end: 42, protocol: 'TCP' },
                { start: 51, end: 52, protocol: 'TCP' },
                { start: 61, end: 62, protocol: 'TCP' },
                { start: 71, end: 72, protocol: 'TCP' },
                { start: 81, end: 82, protocol: 'TCP' },
                { start: 91, end: 92, protocol: 'TCP' },
                { start: 101, end: 102, protocol: 'TCP' },
              ],
            },
          ],
        },
      },
      networks: [{ name: 'default', pod: {} }],
    },
    ['Invalid spec.domain.devices.interfaces[0].portRanges: No more than 10 portRanges are allowed'],
    { developerConfiguration: { featureGates: ['PortRangesSpec'] } },
  ],
  [
    'DHCP options',
    {
      domain: {
        devices: {
          interfaces: [
            {
              name: 'default',
              masquerade: {},
              dhcpOptions: {
                privateOptions: [
                  { option: 240, value: 'a' },
                  { option: 240, value: 'b' },
                  { option: 223, value: 'c' },
                ],
                ntpServers: ['10.0.0.1', '::1', 'x'],
              },
            },
          ],
        },
      },
      networks: [{ name: 'default', pod: {} }],
    },
    [
      'Invalid spec: Found Duplicates: you have provided duplicate DHCPPrivateOptions',
      'Invalid spec: provided DHCPPrivateOptions are out of range, must be in range 224 to 254',
      'Invalid spec.domain.devices.interfaces[0].dhcpOptions.ntpServers[1]: NTP servers must be a list of valid IPv4 addresses.',
      'Invalid spec.domain.devices.interfaces[0].dhcpOptions.ntpServers[2]: NTP servers must be a list of valid IPv4 addresses.',
    ],
  ],
  [
    'boot order zero',
    {
      domain: { devices: { interfaces: [{ name: 'default', masquerade: {}, bootOrder: 0 }] } },
      networks: [{ name: 'default', pod: {} }],
    },
    ['Invalid spec[0].bootOrder: spec[0] must have a boot order > 0, if supplied'],
  ],
]

describe('admission of network cards', () => {
  it.each(rows)('%s', (_rule, change, causes, configuration) => {
    expect(instanceCauses(change, configuration)).toEqual(causes)
  })
})
