/** Expected causes are those of KubeVirt's own webhook for the same manifest. */

import { describe, expect, it } from 'vitest'
import { instanceCauses, type Row } from '../testing/causes.ts'

const rows: Row[] = [
  [
    'two pod networks',
    {
      networks: [
        { name: 'default', pod: {} },
        { name: 'b', pod: {} },
      ],
      domain: {
        devices: {
          interfaces: [
            { name: 'default', masquerade: {} },
            { name: 'b', masquerade: {} },
          ],
        },
      },
    },
    ['Duplicate spec.interfaces: more than one interface is connected to a pod network in spec.interfaces'],
  ],
  [
    'two defaults',
    {
      networks: [
        { name: 'default', multus: { networkName: 'x', default: true } },
        { name: 'b', multus: { networkName: 'y', default: true } },
      ],
      domain: {
        devices: {
          interfaces: [
            { name: 'default', bridge: {} },
            { name: 'b', bridge: {} },
          ],
        },
      },
    },
    ['Invalid spec.networks: Multus CNI should only have one default network'],
  ],
  [
    'pod network and another default',
    {
      networks: [
        { name: 'default', pod: {} },
        { name: 'b', multus: { networkName: 'y', default: true } },
      ],
      domain: {
        devices: {
          interfaces: [
            { name: 'default', masquerade: {} },
            { name: 'b', bridge: {} },
          ],
        },
      },
    },
    ['Invalid spec.networks: Pod network cannot be defined when Multus default network is defined'],
  ],
  [
    'no type',
    { domain: { devices: { interfaces: [{ name: 'default', masquerade: {} }] } }, networks: [{ name: 'default' }] },
    [
      'Required spec.networks[0]: should have a network type',
      'Invalid spec.domain.devices.interfaces[0].name: Masquerade interface only implemented with pod network',
    ],
  ],
  [
    'two types',
    {
      domain: { devices: { interfaces: [{ name: 'default', masquerade: {} }] } },
      networks: [{ name: 'default', pod: {}, multus: { networkName: 'x' } }],
    },
    ['Required spec.networks[0]: should have only one network type'],
  ],
  [
    'attached network without a name',
    {
      domain: { devices: { interfaces: [{ name: 'default', bridge: {} }] } },
      networks: [{ name: 'default', multus: { networkName: '' } }],
    },
    ['Required spec.networks[0]: CNI delegating plugin must have a networkName'],
  ],
  [
    'a network twice',
    {
      networks: [
        { name: 'default', pod: {} },
        { name: 'default', multus: { networkName: 'x' } },
      ],
    },
    [
      'Invalid spec.domain.devices.interfaces[0].name: Masquerade interface only implemented with pod network',
      'Duplicate spec.networks[1].name: Network with name "default" already exists, every network must have a unique name',
    ],
  ],
  [
    'a network without a card',
    {
      networks: [
        { name: 'default', pod: {} },
        { name: 'b', multus: { networkName: 'x' } },
      ],
    },
    ["Required spec.networks[1].name: spec.networks[1].name 'b' not found."],
  ],
  [
    'a card without a network',
    {
      domain: {
        devices: {
          interfaces: [
            { name: 'default', masquerade: {} },
            { name: 'b', bridge: {} },
          ],
        },
      },
    },
    ["Invalid spec.domain.devices.interfaces[1].name: spec.domain.devices.interfaces[1].name 'b' not found."],
  ],
  [
    'two cards on a network',
    {
      domain: {
        devices: {
          interfaces: [
            { name: 'default', masquerade: {} },
            { name: 'default', masquerade: {} },
          ],
        },
      },
    },
    ['Duplicate spec.domain.devices.interfaces[1].name: Only one interface can be connected to one specific network'],
  ],
  [
    'claimed network without the gate',
    {
      domain: { devices: { interfaces: [{ name: 'default', sriov: {} }] } },
      networks: [{ name: 'default', resourceClaim: { claimName: 'c', requestName: 'r' } }],
    },
    [
      'Invalid spec.networks: vmi.spec.networks contains DRA networks but NetworkDevicesWithDRA feature gate is not enabled',
    ],
  ],
  [
    'claimed network',
    {
      domain: { devices: { interfaces: [{ name: 'default', masquerade: {} }] } },
      networks: [{ name: 'default', resourceClaim: { claimName: 'c', requestName: 'r' } }],
    },
    [
      'Invalid spec.domain.devices.interfaces[0].name: Masquerade interface only implemented with pod network',
      'Invalid spec.domain.devices.interfaces: DRA network "default" requires an SR-IOV or binding plugin interface',
      'NotFound spec.networks[0].resourceClaim.claimName: network references resourceClaim "c" which is not defined in spec.resourceClaims',
    ],
    { developerConfiguration: { featureGates: ['NetworkDevicesWithDRA'] } },
  ],
  [
    'claimed network without names',
    {
      domain: { devices: { interfaces: [{ name: 'default', sriov: {} }] } },
      networks: [{ name: 'default', resourceClaim: {} }],
    },
    [
      'Required spec.networks[0].resourceClaim.claimName: claimName is required for DRA network',
      'Required spec.networks[0].resourceClaim.requestName: requestName is required for DRA network',
    ],
    { developerConfiguration: { featureGates: ['NetworkDevicesWithDRA'] } },
  ],
]

describe('admission of networks', () => {
  it.each(rows)('%s', (_rule, change, causes, configuration) => {
    expect(instanceCauses(change, configuration)).toEqual(causes)
  })
})
