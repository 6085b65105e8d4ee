/** Every field of the form, by section. What is not here is in the YAML, and stays as it is. */

import { runStrategies } from '@berth/api'
import type { DraftPath } from '@berth/view'

export type SectionId =
  | 'general'
  | 'compute'
  | 'instancetype'
  | 'boot'
  | 'disks'
  | 'network'
  | 'devices'
  | 'guest'
  | 'placement'
  | 'labels'

export interface FieldSpec {
  /** Words are `field.<id>` and `fieldHint.<id>`. */
  id: string
  path: DraftPath
  kind: 'text' | 'number' | 'select' | 'suggest' | 'switch' | 'map' | 'yaml' | 'object'
  /** Of select and suggest; '' is shown as what holds when nothing is said. */
  options?: readonly string[]
  /** Of suggest: a cluster-wide kind of the instancetype group. */
  from?: 'virtualmachineclusterinstancetypes' | 'virtualmachineclusterpreferences'
  /** What a switch stands for when nothing is said. */
  initially?: boolean
  least?: number
}

export interface SectionSpec {
  id: SectionId
  fields: readonly FieldSpec[]
  /** What a list of plain fields cannot show. */
  part?: 'disks' | 'interfaces' | 'firmware' | 'cloud-init'
}

const spec: DraftPath = ['spec', 'template', 'spec']
const domain: DraftPath = [...spec, 'domain']
const devices: DraftPath = [...domain, 'devices']

export const sections: readonly SectionSpec[] = [
  {
    id: 'general',
    fields: [
      { id: 'description', path: ['metadata', 'annotations', 'description'], kind: 'text' },
      { id: 'runStrategy', path: ['spec', 'runStrategy'], kind: 'select', options: runStrategies },
      { id: 'hostname', path: [...spec, 'hostname'], kind: 'text' },
      { id: 'startPaused', path: [...spec, 'startStrategy'], kind: 'select', options: ['', 'Paused'] },
    ],
  },
  {
    id: 'compute',
    fields: [
      { id: 'sockets', path: [...domain, 'cpu', 'sockets'], kind: 'number', least: 1 },
      { id: 'cores', path: [...domain, 'cpu', 'cores'], kind: 'number', least: 1 },
      { id: 'threads', path: [...domain, 'cpu', 'threads'], kind: 'number', least: 1 },
      { id: 'maxSockets', path: [...domain, 'cpu', 'maxSockets'], kind: 'number', least: 1 },
      {
        id: 'cpuModel',
        path: [...domain, 'cpu', 'model'],
        kind: 'suggest',
        options: ['host-model', 'host-passthrough'],
      },
      { id: 'memory', path: [...domain, 'memory', 'guest'], kind: 'text' },
      { id: 'maxMemory', path: [...domain, 'memory', 'maxGuest'], kind: 'text' },
      {
        id: 'hugepages',
        path: [...domain, 'memory', 'hugepages', 'pageSize'],
        kind: 'suggest',
        options: ['2Mi', '1Gi'],
      },
      { id: 'dedicatedCpus', path: [...domain, 'cpu', 'dedicatedCpuPlacement'], kind: 'switch' },
    ],
  },
  {
    id: 'instancetype',
    fields: [
      {
        id: 'instancetype',
        path: ['spec', 'instancetype', 'name'],
        kind: 'suggest',
        from: 'virtualmachineclusterinstancetypes',
      },
      {
        id: 'instancetypeKind',
        path: ['spec', 'instancetype', 'kind'],
        kind: 'select',
        options: ['', 'VirtualMachineClusterInstancetype', 'VirtualMachineInstancetype'],
      },
      {
        id: 'preference',
        path: ['spec', 'preference', 'name'],
        kind: 'suggest',
        from: 'virtualmachineclusterpreferences',
      },
      {
        id: 'preferenceKind',
        path: ['spec', 'preference', 'kind'],
        kind: 'select',
        options: ['', 'VirtualMachineClusterPreference', 'VirtualMachinePreference'],
      },
    ],
  },
  {
    id: 'boot',
    part: 'firmware',
    fields: [
      { id: 'machineType', path: [...domain, 'machine', 'type'], kind: 'suggest', options: ['q35'] },
      { id: 'firmwareUuid', path: [...domain, 'firmware', 'uuid'], kind: 'text' },
      { id: 'serialNumber', path: [...domain, 'firmware', 'serial'], kind: 'text' },
      { id: 'tpm', path: [...devices, 'tpm'], kind: 'object' },
      { id: 'tpmPersistent', path: [...devices, 'tpm', 'persistent'], kind: 'switch' },
      { id: 'timezone', path: [...domain, 'clock', 'timezone'], kind: 'text' },
    ],
  },
  { id: 'disks', part: 'disks', fields: [] },
  { id: 'network', part: 'interfaces', fields: [] },
  {
    id: 'devices',
    fields: [
      { id: 'graphics', path: [...devices, 'autoattachGraphicsDevice'], kind: 'switch', initially: true },
      { id: 'serialConsole', path: [...devices, 'autoattachSerialConsole'], kind: 'switch', initially: true },
      { id: 'serialLog', path: [...devices, 'logSerialConsole'], kind: 'switch', initially: true },
      { id: 'balloon', path: [...devices, 'autoattachMemBalloon'], kind: 'switch', initially: true },
      { id: 'vsock', path: [...devices, 'autoattachVSOCK'], kind: 'switch' },
      { id: 'rng', path: [...devices, 'rng'], kind: 'object' },
      {
        id: 'watchdog',
        path: [...devices, 'watchdog', 'i6300esb', 'action'],
        kind: 'select',
        options: ['', 'reset', 'poweroff', 'shutdown'],
      },
      { id: 'inputs', path: [...devices, 'inputs'], kind: 'yaml' },
      { id: 'hostDevices', path: [...devices, 'hostDevices'], kind: 'yaml' },
      { id: 'gpus', path: [...devices, 'gpus'], kind: 'yaml' },
    ],
  },
  {
    id: 'guest',
    part: 'cloud-init',
    fields: [{ id: 'accessCredentials', path: [...spec, 'accessCredentials'], kind: 'yaml' }],
  },
  {
    id: 'placement',
    fields: [
      {
        id: 'evictionStrategy',
        path: [...spec, 'evictionStrategy'],
        kind: 'select',
        options: ['', 'None', 'LiveMigrate', 'LiveMigrateIfPossible', 'External'],
      },
      { id: 'gracePeriod', path: [...spec, 'terminationGracePeriodSeconds'], kind: 'number', least: 0 },
      { id: 'priorityClass', path: [...spec, 'priorityClassName'], kind: 'text' },
      { id: 'nodeSelector', path: [...spec, 'nodeSelector'], kind: 'map' },
      { id: 'tolerations', path: [...spec, 'tolerations'], kind: 'yaml' },
      { id: 'affinity', path: [...spec, 'affinity'], kind: 'yaml' },
      { id: 'readinessProbe', path: [...spec, 'readinessProbe'], kind: 'yaml' },
      { id: 'livenessProbe', path: [...spec, 'livenessProbe'], kind: 'yaml' },
    ],
  },
  {
    id: 'labels',
    fields: [
      { id: 'labels', path: ['metadata', 'labels'], kind: 'map' },
      { id: 'annotations', path: ['metadata', 'annotations'], kind: 'map' },
      { id: 'templateLabels', path: ['spec', 'template', 'metadata', 'labels'], kind: 'map' },
      { id: 'templateAnnotations', path: ['spec', 'template', 'metadata', 'annotations'], kind: 'map' },
    ],
  },
]

export const places = { spec, domain, devices }
