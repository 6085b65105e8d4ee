/**
 * The preferences every installation of KubeVirt brings: what guests of a kind run best with, as rows of traits. Source of names and
 * values: the common preferences of the KubeVirt project.
 */

import type { Preference, PreferenceSpec } from '../../types/instancetype.ts'
import { commonLabels } from './labels.ts'
import { traits, type Trait } from './traits.ts'

interface Guest {
  displayName: string
  icon: string
  /** What clients find it by, beside `hidden` and `kubevirt`. */
  tags: string
  /** vCPUs and memory it needs at least. */
  needs?: readonly [vcpus: number, memory: string]
  /** In order: a later one adds to what an earlier one says. */
  is: readonly Trait[]
}

const guest = (
  displayName: string,
  options: { icon: string; tags?: string; needs?: readonly [number, string]; is: readonly Trait[] },
): Guest => ({ displayName, tags: options.icon, ...options })

type Row = [name: string, guest: Guest]

/** One kind of guest for several architectures; the first has the plain name. */
function forArchitectures(
  name: string,
  displayName: string,
  options: { icon: string; tags?: string; needs: readonly [number, string]; is: readonly Trait[] },
): Row[] {
  return (['amd64', 'arm64', 's390x'] as const).map((architecture) => [
    architecture === 'amd64' ? name : `${name}.${architecture}`,
    guest(`${displayName} (${architecture})`, {
      ...options,
      is: [...options.is, architecture, ...(architecture === 'amd64' ? (['secureBoot'] as const) : [])],
    }),
  ])
}

/** A Windows with the devices it knows, and one with virtio's drivers. */
function windows(
  name: string,
  displayName: string,
  { card, needs, is = [] }: { card: Trait; needs: readonly [number, string]; is?: readonly Trait[] },
): Row[] {
  const common = { icon: 'windows', needs }
  return [
    [`windows.${name}`, guest(`Microsoft Windows ${displayName}`, { ...common, is: ['windows', 'sata', card, ...is] })],
    [
      `windows.${name}.virtio`,
      guest(`Microsoft Windows ${displayName} (virtio)`, {
        ...common,
        is: ['windows', 'virtio', 'virtioInput', 'virtioVideo', ...is],
      }),
    ],
  ]
}

const rhel = { icon: 'rhel', tags: 'linux,rhel' }
const centos = { icon: 'centos', tags: 'linux,centos-stream', needs: [1, '1.5Gi'] as const }
const stream: readonly Trait[] = ['linux', 'ioThread']
const desktop: readonly Trait[] = ['inputDevice', 'virtioInput']
const dpdk: readonly Trait[] = ['spreadByFour', 'manyQueues']

const table: readonly Row[] = [
  ['alpine', guest('Alpine', { icon: 'alpine', needs: [1, '512Mi'], is: ['linux'] })],
  ['centos.stream10', guest('CentOS Stream 10', { ...centos, is: stream })],
  ['centos.stream10.desktop', guest('CentOS Stream 10', { ...centos, is: [...stream, ...desktop] })],
  ['centos.stream9', guest('CentOS Stream 9', { ...centos, is: stream })],
  ['centos.stream9.desktop', guest('CentOS Stream 9', { ...centos, is: [...stream, ...desktop] })],
  [
    'centos.stream9.dpdk',
    guest('CentOS Stream 9', {
      ...centos,
      tags: 'linux,centos-stream,dpdk',
      needs: [8, '1.5Gi'],
      is: [...stream, ...dpdk],
    }),
  ],
  ['cirros', guest('Cirros', { icon: 'cirros', needs: [1, '256Mi'], is: ['linux'] })],
  ['debian', guest('Debian', { icon: 'debian', needs: [1, '512Mi'], is: ['linux', 'efi'] })],
  ...forArchitectures('fedora', 'Fedora', { icon: 'fedora', needs: [1, '2Gi'], is: ['linux'] }),
  ['legacy', guest('Legacy Guest', { icon: 'other', tags: 'legacy', is: ['legacy', 'sata', 'e1000'] })],
  ['linux', guest('Linux Guest', { icon: 'linux', is: ['linux'] })],
  ['linux.efi', guest('Linux EFI Guest', { icon: 'linux', tags: 'linux-efi', is: ['linux', 'efi'] })],
  [
    'linux.virtiotransitional',
    guest('Linux Virtio Transitional Guest', {
      icon: 'linux',
      tags: 'linux-virtio-transitional',
      is: ['linux', 'virtioTransitional'],
    }),
  ],
  [
    'opensuse.leap',
    guest('OpenSUSE Leap', { icon: 'opensuse-leap', tags: 'opensuse.leap', needs: [1, '2Gi'], is: ['linux'] }),
  ],
  [
    'opensuse.tumbleweed',
    guest('OpenSUSE Tumbleweed', {
      icon: 'opensuse-tumbleweed',
      tags: 'opensuse.tumbleweed',
      needs: [1, '2Gi'],
      is: ['linux'],
    }),
  ],
  [
    'oraclelinux',
    guest('Oracle Linux', { icon: 'oracle', tags: 'oraclelinux', needs: [2, '4Gi'], is: ['linux', 'efi'] }),
  ],
  ...forArchitectures('rhel.10', 'Red Hat Enterprise Linux 10', { ...rhel, needs: [1, '1.5Gi'], is: stream }),
  ['rhel.7', guest('Red Hat Enterprise Linux 7', { ...rhel, needs: [1, '1Gi'], is: ['linux'] })],
  ['rhel.7.desktop', guest('Red Hat Enterprise Linux 7', { ...rhel, needs: [1, '1Gi'], is: ['linux', ...desktop] })],
  ['rhel.8', guest('Red Hat Enterprise Linux 8', { ...rhel, needs: [1, '1.5Gi'], is: ['linux'] })],
  ['rhel.8.desktop', guest('Red Hat Enterprise Linux 8', { ...rhel, needs: [1, '1.5Gi'], is: ['linux', ...desktop] })],
  [
    'rhel.8.dpdk',
    guest('Red Hat Enterprise Linux 8', {
      ...rhel,
      tags: 'linux,rhel,dpdk',
      needs: [8, '1.5Gi'],
      is: ['linux', ...dpdk],
    }),
  ],
  ...forArchitectures('rhel.9', 'Red Hat Enterprise Linux 9', { ...rhel, needs: [1, '1.5Gi'], is: stream }),
  [
    'rhel.9.desktop',
    guest('Red Hat Enterprise Linux 9 Desktop (amd64)', {
      ...rhel,
      needs: [1, '1.5Gi'],
      is: [...stream, ...desktop, 'amd64', 'secureBoot'],
    }),
  ],
  [
    'rhel.9.dpdk',
    guest('Red Hat Enterprise Linux 9 DPDK (amd64)', {
      ...rhel,
      tags: 'linux,rhel,dpdk',
      needs: [8, '1.5Gi'],
      is: [...stream, ...dpdk, 'amd64', 'secureBoot'],
    }),
  ],
  [
    'rhel.9.realtime',
    guest('Red Hat Enterprise Linux 9 Realtime (amd64)', {
      ...rhel,
      tags: 'linux,rhel,realtime',
      needs: [4, '4Gi'],
      is: [...stream, 'manyQueues', 'spread', 'bare', 'amd64', 'secureBoot'],
    }),
  ],
  ['sles', guest('SUSE Linux Enterprise Server', { icon: 'sles', needs: [1, '2Gi'], is: ['linux'] })],
  ['ubuntu', guest('Ubuntu', { icon: 'ubuntu', needs: [1, '2Gi'], is: ['linux'] })],
  ...windows('10', '10', { card: 'e1000e', needs: [1, '2Gi'], is: ['secureBoot'] }),
  ...windows('11', '11', { card: 'e1000e', needs: [2, '4Gi'], is: ['secureBoot', 'keptState'] }),
  ...windows('2k12', 'Server 2012/2012 R2', { card: 'e1000e', needs: [1, '512Mi'] }),
  ...windows('2k16', 'Server 2016', { card: 'e1000e', needs: [1, '2Gi'], is: ['secureBoot'] }),
  ...windows('2k19', 'Server 2019', { card: 'e1000e', needs: [1, '2Gi'], is: ['secureBoot'] }),
  ...windows('2k22', 'Server 2022', { card: 'e1000e', needs: [1, '2Gi'], is: ['secureBoot', 'keptState'] }),
  ...windows('2k25', 'Server 2025', { card: 'e1000e', needs: [1, '2Gi'], is: ['secureBoot', 'keptState'] }),
  ...windows('2k3', 'Server 2003', { card: 'rtl8139', needs: [1, '256Mi'], is: ['smallAddresses'] }).slice(0, 1),
  ...windows('2k8', 'Server 2008/2008 R2', { card: 'e1000', needs: [1, '512Mi'] }),
  ...windows('7', '7', { card: 'e1000e', needs: [1, '2Gi'] }),
  ...windows('xp', 'XP', { card: 'e1000e', needs: [1, '128Mi'], is: ['smallAddresses'] }).slice(0, 1),
]

/** All of them, in the order of the table. */
export function commonPreferences(): Preference[] {
  return table.map(([name, one]) => preference(name, one))
}

function preference(name: string, { displayName, icon, tags, needs, is }: Guest): Preference {
  const spec = is.reduce<PreferenceSpec>((sum, trait) => added(sum, traits[trait]), {})
  if (needs !== undefined) {
    const [guestCpus, memory] = needs
    spec.requirements = { ...spec.requirements, cpu: { guest: guestCpus }, memory: { guest: memory } }
  }
  const architecture = spec.preferredArchitecture
  return {
    apiVersion: 'instancetype.kubevirt.io/v1beta1',
    kind: 'VirtualMachineClusterPreference',
    metadata: {
      name,
      labels: commonLabels({
        'os-type': spec.annotations?.['vm.kubevirt.io/os'],
        'required-cpu': needs?.[0],
        'required-memory': needs?.[1],
        arch: architecture,
        'preferred-architecture': architecture,
        'required-architecture': architecture,
      }),
      annotations: {
        'openshift.io/display-name': displayName,
        'openshift.io/provider-display-name': 'KubeVirt',
        iconClass: `icon-${icon}`,
        tags: `hidden,kubevirt,${tags}`,
      },
    },
    spec,
  }
}

/** Two levels deep, which is as deep as traits reach into one another. */
function added(left: PreferenceSpec, right: PreferenceSpec): PreferenceSpec {
  const sum: Record<string, unknown> = { ...left }
  for (const [key, value] of Object.entries(right)) {
    const own = sum[key]
    const both = typeof own === 'object' && own !== null && typeof value === 'object'
    sum[key] = both ? mergeMembers(own, value) : value
  }
  return sum
}

function mergeMembers(left: object, right: object): object {
  const sum: Record<string, unknown> = { ...left }
  for (const [key, value] of Object.entries(right)) {
    const own = sum[key]
    sum[key] = typeof own === 'object' && own !== null ? { ...own, ...(value as object) } : value
  }
  return sum
}
