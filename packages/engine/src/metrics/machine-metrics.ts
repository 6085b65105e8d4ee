/** What the engine knows of machines, under the names KubeVirt's metrics have; read from the caches when somebody asks. */

import {
  type PrintableStatus,
  type VirtualMachine,
  type VirtualMachineInstance,
  type VirtualMachineSnapshot,
  launcherApp,
  labels as ownLabels,
} from '@berth/api'
import type { ServerMetrics } from '@berth/apiserver'
import { isConditionTrue, parseTime } from '@berth/meta'
import type { Informer, Pod } from '@berth/kube'
import { kubevirtVersion } from '../version.ts'

type Labels = Record<string, string>
type Values = Iterable<readonly [labels: Labels, value: number]>

export interface MachineSources {
  machines: Pick<Informer<VirtualMachine>, 'list'>
  instances: Pick<Informer<VirtualMachineInstance>, 'list'>
  pods: Pick<Informer<Pod>, 'list'>
  machineSnapshots: Pick<Informer<VirtualMachineSnapshot>, 'list'>
}

/** What KubeVirt's dashboards filter by. */
const statusGroups: Record<PrintableStatus, string> = {
  Provisioning: 'starting',
  Starting: 'starting',
  WaitingForVolumeBinding: 'starting',
  Running: 'running',
  Migrating: 'migrating',
  Stopped: 'non_running',
  Paused: 'non_running',
  Stopping: 'non_running',
  Terminating: 'non_running',
  CrashLoopBackOff: 'error',
  Unknown: 'error',
  ErrorUnschedulable: 'error',
  ErrImagePull: 'error',
  ImagePullBackOff: 'error',
  ErrorPvcNotFound: 'error',
  DataVolumeError: 'error',
  WaitingForReceiver: '<unknown>',
}

const described = ['os', 'workload', 'flavor'] as const
const chosen = ['instance_type', 'preference'] as const
const guestLabels = {
  guest_os_kernel_release: 'kernelRelease',
  guest_os_arch: 'machine',
  guest_os_name: 'name',
  guest_os_version_id: 'versionId',
} as const

export function reportMachines(
  metrics: Pick<ServerMetrics, 'report'>,
  { machines, instances, pods, machineSnapshots }: MachineSources,
): void {
  const report = (name: string, help: string, labelNames: readonly string[], values: () => Values): void =>
    metrics.report({ name, help, labelNames, values })

  report('kubevirt_info', 'The version served.', ['goversion', 'kubeversion'], () => [
    [{ kubeversion: kubevirtVersion }, 1],
  ])
  const ofMachine = ['name', 'namespace']
  report(
    'kubevirt_vm_info',
    'Machines, and how they stand.',
    [...ofMachine, ...described, 'machine_type', ...chosen, 'status', 'status_group'],
    () => machines.list().map((machine) => [machineLabels(machine), 1]),
  )
  report('kubevirt_vm_create_date_timestamp_seconds', 'When machines were made.', ofMachine, () =>
    machines.list().map(({ metadata }) => {
      const { name = '', namespace = '', creationTimestamp } = metadata
      return [{ name, namespace }, creationTimestamp === undefined ? 0 : parseTime(creationTimestamp).getTime() / 1000]
    }),
  )
  report(
    'kubevirt_vmsnapshot_succeeded_timestamp_seconds',
    'When snapshots of machines succeeded.',
    ['name', 'snapshot_name', 'namespace'],
    () =>
      machineSnapshots.list().flatMap(({ metadata, spec, status }): [Record<string, string>, number][] => {
        const { name = '', namespace = '' } = metadata
        const at = status?.creationTime
        if (status?.phase !== 'Succeeded' || at === undefined || at === null) return []
        return [[{ name: spec.source.name, snapshot_name: name, namespace }, parseTime(at).getTime() / 1000]]
      }),
  )
  report('kubevirt_number_of_vms', 'Machines of a namespace.', ['namespace'], () =>
    counted(machines.list().map(({ metadata }) => ({ namespace: metadata.namespace ?? '' }))),
  )
  const ofInstance = ['node', 'namespace', 'name']
  report(
    'kubevirt_vmi_info',
    'Instances, and what runs in them.',
    [
      ...ofInstance,
      'phase',
      ...described,
      ...chosen,
      ...Object.keys(guestLabels),
      'guest_os_machine',
      'evictable',
      'outdated',
      'vmi_pod',
    ],
    () => {
      const podNames = launcherPods(pods)
      return instances.list().map((instance) => [instanceLabels(instance, podNames), 1])
    },
  )
  report('kubevirt_vmi_phase_count', 'Instances by node and phase.', ['node', 'phase'], () =>
    counted(instances.list().map(({ status }) => ({ node: status?.nodeName ?? '', phase: phaseOf(status) }))),
  )
  report('kubevirt_vmi_non_evictable', 'Instances that ask to be moved on eviction, and cannot be.', ofInstance, () =>
    instances
      .list()
      .filter((instance) => !isEvictable(instance))
      .map((instance) => [placeOf(instance), 1]),
  )
}

function machineLabels({ metadata, spec, status }: Readonly<VirtualMachine>): Labels {
  const { printableStatus = 'Unknown' } = status ?? {}
  const { metadata: template, spec: instance } = spec.template
  return {
    name: metadata.name ?? '',
    namespace: metadata.namespace ?? '',
    ...describedBy(template?.annotations ?? {}),
    ...present({
      machine_type: instance.domain.machine?.type,
      instance_type: spec.instancetype?.name,
      preference: spec.preference?.name,
    }),
    status: printableStatus.toLowerCase(),
    status_group: statusGroups[printableStatus],
  }
}

function instanceLabels(instance: Readonly<VirtualMachineInstance>, podNames: ReadonlyMap<string, string>): Labels {
  const { metadata, status } = instance
  const notes: Labels = metadata.annotations ?? {}
  const guest: Record<string, unknown> = { ...status?.guestOSInfo }
  const told = Object.entries(guestLabels).flatMap(([label, field]): [string, string][] => {
    const value = guest[field]
    return typeof value === 'string' ? [[label, value]] : []
  })
  return {
    ...placeOf(instance),
    phase: phaseOf(status),
    ...describedBy(notes),
    ...present({
      instance_type: notes['kubevirt.io/instancetype-name'] ?? notes['kubevirt.io/cluster-instancetype-name'],
      preference: notes['kubevirt.io/preference-name'] ?? notes['kubevirt.io/cluster-preference-name'],
      guest_os_machine: status?.machine?.type,
      vmi_pod: podNames.get(metadata.uid ?? ''),
    }),
    ...Object.fromEntries(told),
    evictable: String(isEvictable(instance)),
    outdated: 'false',
  }
}

function placeOf({ metadata, status }: Readonly<VirtualMachineInstance>): Labels {
  return { node: status?.nodeName ?? '', namespace: metadata.namespace ?? '', name: metadata.name ?? '' }
}

function phaseOf(status: VirtualMachineInstance['status']): string {
  return (status?.phase ?? '').toLowerCase()
}

/** Whoever does not ask to be moved can be evicted. */
function isEvictable({ spec, status }: Readonly<VirtualMachineInstance>): boolean {
  return spec.evictionStrategy !== 'LiveMigrate' || isConditionTrue(status?.conditions, 'LiveMigratable')
}

function describedBy(notes: Readonly<Labels>): Labels {
  return present(Object.fromEntries(described.map((name) => [name, notes[`vm.kubevirt.io/${name}`]])))
}

/** What is not known has no label. */
function present(labels: Readonly<Record<string, string | undefined>>): Labels {
  return Object.fromEntries(
    Object.entries(labels).filter((entry): entry is [string, string] => (entry[1] ?? '') !== ''),
  )
}

function launcherPods(pods: MachineSources['pods']): Map<string, string> {
  const own = pods.list().filter(({ metadata }) => metadata.labels?.[ownLabels.app] === launcherApp)
  return new Map(own.map(({ metadata }) => [metadata.labels?.['kubevirt.io/created-by'] ?? '', metadata.name ?? '']))
}

function counted(all: Iterable<Labels>): Values {
  const counts = new Map<string, [Labels, number]>()
  for (const labels of all) {
    const key = JSON.stringify(labels)
    counts.set(key, [labels, (counts.get(key)?.[1] ?? 0) + 1])
  }
  return counts.values()
}
