/** Expected causes are those of KubeVirt's own webhook for the same manifest. */

import { describe, expect, it } from 'vitest'
import { instanceCauses, type Row } from '../testing/causes.ts'

const rows: Row[] = [
  [
    'input',
    { domain: { devices: { inputs: [{ name: 'i', type: 'keyboard', bus: 'ps2' }] } } },
    [
      'Invalid spec.domain.devices.inputs[0].bus: Input device can have only virtio or usb bus.',
      'Invalid spec.domain.devices.inputs[0].type: Input device can have only tablet type.',
    ],
  ],
  [
    'I/O threads policy',
    { domain: { ioThreadsPolicy: 'all' } },
    ['Invalid spec.domain.ioThreadsPolicy: Invalid IOThreadsPolicy (all)'],
  ],
  [
    'pool of I/O threads',
    { domain: { ioThreadsPolicy: 'supplementalPool' } },
    [
      'Invalid spec.domain.ioThreads.count: the number of iothreads needs to be set and positive for the dedicated policy',
    ],
  ],
  [
    'a pool of I/O threads without end',
    { domain: { ioThreadsPolicy: 'supplementalPool', ioThreads: { supplementalPoolThreadCount: 1_000_000_000 } } },
    [
      'Invalid spec.domain.ioThreads.supplementalPoolThreadCount: spec.domain.ioThreads.supplementalPoolThreadCount: 1000000000 I/O threads are more than the 1024 a machine can have',
    ],
  ],
  [
    'displays in firmware memory',
    {
      domain: {
        devices: {
          gpus: [
            { name: 'a', deviceName: 'x/y', virtualGPUOptions: { display: {} } },
            { name: 'b', deviceName: 'x/y', virtualGPUOptions: { display: { ramFB: {} } } },
          ],
        },
      },
    },
    ['Invalid spec.GPUs: configuring multiple displays with ramfb is not valid '],
  ],
  [
    'host devices without the gate',
    { domain: { devices: { hostDevices: [{ name: 'h', deviceName: 'x/y' }] } } },
    ['Invalid spec.HostDevices: Host Devices feature gate is not enabled in kubevirt-config'],
  ],
  [
    'sound',
    { domain: { devices: { sound: { name: '', model: 'sb16' } } } },
    [
      "Invalid spec.Sound: Sound device type is not supported. Options: 'ich9' or 'ac97'",
      'Invalid spec.Sound: Sound device requires a name field.',
    ],
  ],
  [
    'VSOCK',
    { domain: { devices: { autoattachVSOCK: true } } },
    ['Invalid spec.domain.devices.autoattachVSOCK: VSOCK feature gate is not enabled in kubevirt-config'],
  ],
  [
    'downward metrics',
    { domain: { devices: { downwardMetrics: {} } } },
    [
      'Invalid spec.domain.devices.downwardMetrics: downwardMetrics virtio serial is not allowed: DownwardMetrics feature gate is not enabled',
    ],
  ],
  [
    'file system of a claim',
    {
      domain: { devices: { disks: [], filesystems: [{ name: 'root', virtiofs: {} }] } },
      volumes: [{ name: 'root', persistentVolumeClaim: { claimName: 'c' } }],
    },
    ['Invalid spec.domain.devices.filesystems: virtiofs is not allowed: virtiofs feature gate is not enabled for PVC'],
  ],
  [
    'video without graphics',
    { domain: { devices: { video: { type: 'virtio' }, autoattachGraphicsDevice: false } } },
    ['Invalid spec.video: Video configuration is not allowed when autoattachGraphicsDevice is set to false'],
  ],
  [
    'panic device',
    { domain: { devices: { panicDevices: [{ model: 'blue' }] } } },
    ['Invalid spec.domain.devices.panicDevices[0].model: invalid PanicDeviceModel(blue)'],
  ],
  [
    'reboot policy without the gate',
    { domain: { rebootPolicy: 'Terminate' } },
    ['Invalid spec.domain.rebootPolicy: RebootPolicy is specified but the RebootPolicy feature gate is not enabled'],
    { developerConfiguration: { disabledFeatureGates: ['RebootPolicy'] } },
  ],
  [
    'reserved overhead without the gate',
    { domain: { memory: { reservedOverhead: { memLock: 'Required' } } } },
    [
      'Invalid spec.domain.memory.reservedOverhead: Reserved overhead memlock feature gate is not enabled in kubevirt-config',
    ],
  ],
  [
    'claimed devices',
    {
      resourceClaims: [
        { name: 'c' },
        { name: 'c', resourceClaimName: 'x', resourceClaimTemplateName: 'y' },
        { name: 'Bad_Name', resourceClaimName: 'Bad_Name' },
      ],
      domain: {
        devices: {
          gpus: [
            { name: 'g', claimName: 'd', requestName: 'r' },
            { name: 'h', claimName: 'd', requestName: 'r' },
            { name: 'i', claimName: 'd' },
          ],
        },
      },
    },
    [
      'Invalid spec.resourceClaims[0]: must specify one of: resourceClaimName, resourceClaimTemplateName',
      'Duplicate spec.resourceClaims[1].name: duplicate resourceClaims name "c"',
      'Invalid spec.resourceClaims[1]: at most one of resourceClaimName or resourceClaimTemplateName may be specified',
      "Invalid spec.resourceClaims[2].name: spec.resourceClaims[2].name does not conform to the kubernetes DNS_LABEL rules: a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
      "Invalid spec.resourceClaims[2].resourceClaimName: a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
      'Duplicate spec.domain.devices.gpus[1]: duplicate claimName/requestName pair "d/r"',
      'Required spec.domain.devices.gpus[2].requestName: requestName is required for DRA GPU',
      'Invalid spec.resourceClaims: vmi.spec.resourceClaims must specify all claims used in vmi.spec.domain.devices.gpus and vmi.spec.domain.devices.hostDevices',
    ],
  ],
  [
    'claimed and other devices',
    {
      domain: {
        devices: {
          gpus: [
            { name: 'g', claimName: 'd', requestName: 'r' },
            { name: 'h', deviceName: 'x/y' },
          ],
        },
      },
    },
    [
      'Invalid spec.domain.devices.gpus: vmi.spec.domain.devices.gpus contains both DRA and non-DRA GPUs; each GPU must be either DRA or non-DRA',
    ],
  ],
  [
    'devices of no kind and of both',
    {
      domain: {
        devices: { gpus: [{ name: 'g' }, { name: 'h', deviceName: 'x/y', claimName: 'c', requestName: 'r' }] },
      },
    },
    [
      'Required spec.domain.devices.gpus: vmi.spec.domain.devices.gpus contains GPUs without deviceName or claimRequest; each GPU must specify either a deviceName or a claimRequest',
      'Invalid spec.domain.devices.gpus: vmi.spec.domain.devices.gpus contains GPUs with both deviceName and claimRequest',
    ],
  ],
]

describe('admission of other devices', () => {
  it.each(rows)('%s', (_rule, change, causes, configuration) => {
    expect(instanceCauses(change, configuration)).toEqual(causes)
  })
})
