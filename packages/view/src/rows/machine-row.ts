/** A machine, or an instance without one, as a row. */

import {
  claimNames,
  isFinal,
  printableStatus,
  type DataVolume,
  type DomainSpec,
  type Instancetype,
  type VirtualMachine,
  type VirtualMachineInstance,
  type VirtualMachineInstanceMigration,
} from '@berth/api'
import { getCondition, isConditionTrue } from '@berth/meta'
import { deviceKinds } from './has.ts'
import type { Tone, WorkloadRow } from './row.ts'
import { bytesOf } from './size.ts'
import { osAnnotation, type ClaimObject } from './slim.ts'
import { machineTones } from './tone.ts'

/** What a row is made from, as far as its reader may see it. */
export interface MachineParts {
  cluster: string
  /** Of an instance without a machine: what would have made it (`standaloneMachine` of the api). */
  machine: VirtualMachine
  standalone: boolean
  instance: VirtualMachineInstance | undefined
  /** The one that is under way. */
  migration: VirtualMachineInstanceMigration | undefined
  /** Those that the machine's volumes name and that are there. */
  claims: readonly ClaimObject[]
  dataVolumes: readonly DataVolume[]
  instancetype: Instancetype['spec'] | undefined
  /** What the reader may not list, or what is not known yet: that it is not there says nothing. */
  hidden: { instances: boolean; claims: boolean; dataVolumes: boolean }
}

/** A row without the parts that are only worked out for rows that somebody looks at (`rowDetail`). */
export type BareRow = Omit<WorkloadRow, 'reason' | 'refused'>

export function machineRow(parts: MachineParts): BareRow {
  const { cluster, machine, standalone, instance, migration, claims } = parts
  const { name = '', namespace = '', uid = '', labels = {} } = machine.metadata
  const kind = standalone ? 'VirtualMachineInstance' : 'VirtualMachine'
  const spec = instance?.spec ?? machine.spec.template.spec
  const live = instance !== undefined && !isFinal(instance) ? instance : undefined
  const status = statusOf(parts)
  const size = sizeOf(parts)
  const storage = storageOf(parts)
  const node = live?.status?.nodeName
  const os = osOf(machine, instance)
  const instancetype = machine.spec.instancetype?.name
  const row: BareRow = {
    key: `${cluster}/${kind}/${namespace}/${name}`,
    cluster,
    kind,
    namespace,
    name,
    uid,
    status: migration !== undefined && status === 'Running' ? 'Migrating' : status,
    tone: toneOf(status, machine, instance, migration),
    addresses: addressesOf(live),
    created: createdOf(machine.metadata.creationTimestamp),
    labels: fewLabels(labels),
    networks: networksOf(machine).slice(0, maxOfEach),
    storageClasses: classesOf(parts, claims),
    has: deviceTests.filter(([, test]) => test(spec)).map(([has]) => has),
    restartRequired: isConditionTrue(machine.status?.conditions, 'RestartRequired'),
    deleting: machine.metadata.deletionTimestamp !== undefined,
  }
  if (node !== undefined && node !== '') row.node = node
  if (os !== undefined) row.os = os
  if (size.cpus !== undefined) row.cpus = size.cpus
  if (size.memory !== undefined) row.memory = size.memory
  if (storage !== undefined) row.storage = storage
  if (instancetype !== undefined) row.instancetype = instancetype
  if (isConditionTrue(live?.status?.conditions, 'AgentConnected')) row.has.push('agent')
  return row
}

const deviceTests = Object.entries(deviceKinds)

function statusOf({ machine, instance, claims, dataVolumes }: MachineParts): string {
  return machine.status?.printableStatus ?? printableStatus({ machine, instance, dataVolumes, claims: [...claims] })
}

function toneOf(
  status: string,
  machine: VirtualMachine,
  instance: VirtualMachineInstance | undefined,
  migration: VirtualMachineInstanceMigration | undefined,
): Tone {
  // A newer server may have states that are not in the table.
  const tone = Object.hasOwn(machineTones, status) ? machineTones[status as keyof typeof machineTones] : 'attention'
  if (tone === 'running' && migration !== undefined) return 'migrating'
  if (tone === 'paused' && getCondition(instance?.status?.conditions, 'Paused')?.reason === 'PausedIOError') {
    return 'attention'
  }
  const failed = instance?.status?.phase === 'Failed' || (machine.status?.startFailure?.consecutiveFailCount ?? 0) > 0
  return (tone === 'stopped' || tone === 'starting') && failed && machine.metadata.deletionTimestamp === undefined
    ? 'attention'
    : tone
}

function sizeOf({ machine, instance, instancetype }: MachineParts): { cpus?: number; memory?: number } {
  const { domain } = instance?.spec ?? machine.spec.template.spec
  const fromType = instance === undefined && machine.spec.instancetype !== undefined
  const cpus = fromType ? instancetype?.cpu.guest : (topologyOf(instance) ?? cpusOf(domain))
  const memory = fromType
    ? instancetype?.memory.guest
    : (instance?.status?.memory?.guestCurrent ?? domain.memory?.guest ?? domain.resources?.requests?.['memory'])
  const bytes = bytesOf(memory)
  return { ...(cpus === undefined ? {} : { cpus }), ...(bytes === undefined ? {} : { memory: bytes }) }
}

function topologyOf(instance: VirtualMachineInstance | undefined): number | undefined {
  const topology = instance?.status?.currentCPUTopology
  if (topology === undefined) return undefined
  const { cores = 1, sockets = 1, threads = 1 } = topology
  return cores * sockets * threads
}

function cpusOf({ cpu }: DomainSpec): number {
  const { cores = 1, sockets = 1, threads = 1 } = cpu ?? {}
  return cores * sockets * threads
}

/** What claims have, or what their DataVolumes ask for while there is no claim. Undefined when nothing is known of any. */
function storageOf({ machine, instance, claims, dataVolumes }: MachineParts): number | undefined {
  let total: number | undefined
  const { spec } = instance ?? machine.spec.template
  if (spec.volumes === undefined) return undefined
  for (const name of claimNames(spec)) {
    const claim = claims.find(({ metadata }) => metadata.name === name)
    const wanted =
      dataVolumes.find(({ metadata }) => metadata.name === name)?.spec ??
      machine.spec.dataVolumeTemplates?.find(({ metadata }) => metadata.name === name)?.spec
    const size =
      bytesOf(claim?.status?.capacity?.['storage']) ??
      bytesOf(claim?.spec.resources?.requests?.['storage']) ??
      bytesOf((wanted?.storage ?? wanted?.pvc)?.resources?.requests?.['storage'])
    if (size !== undefined) total = (total ?? 0) + size
  }
  return total
}

function classesOf({ machine }: MachineParts, claims: readonly ClaimObject[]): string[] {
  const classes = [
    ...claims.map(({ spec }) => spec.storageClassName),
    ...(machine.spec.dataVolumeTemplates ?? []).map(({ spec }) => (spec.storage ?? spec.pvc)?.storageClassName),
  ]
  return [...new Set(classes.filter((name): name is string => name !== undefined && name !== ''))]
}

function networksOf({ spec: { template } }: VirtualMachine): string[] {
  const { networks, domain } = template.spec
  // A machine that names no network gets the pods' unless it says that it wants none.
  if (networks === undefined) return domain.devices.autoattachPodInterface === false ? [] : ['pod']
  return [
    ...new Set(networks.map(({ pod, multus, name }) => (pod === undefined ? (multus?.networkName ?? name) : 'pod'))),
  ]
}

function addressesOf(instance: VirtualMachineInstance | undefined): string[] {
  const all = (instance?.status?.interfaces ?? []).flatMap(({ ipAddress, ipAddresses }) => [
    ...(ipAddress === undefined ? [] : [ipAddress]),
    ...(ipAddresses ?? []),
  ])
  return [...new Set(all.filter((address) => address !== ''))].slice(0, maxOfEach)
}

/** What the guest says, else what it is meant to be. */
function osOf(machine: VirtualMachine, instance: VirtualMachineInstance | undefined): string | undefined {
  const { prettyName, name, version } = instance?.status?.guestOSInfo ?? {}
  const told = prettyName ?? (name === undefined || name === '' ? undefined : [name, version].filter(Boolean).join(' '))
  if (told !== undefined && told !== '') return told.slice(0, maxText)
  return machine.spec.template.metadata?.annotations?.[osAnnotation] ?? machine.spec.preference?.name
}

/** What a guest says of itself, and what a person writes on an object, does not make a row long. */
const maxText = 200
const maxOfEach = 32
const maxLabels = 100

export function fewLabels(labels: Record<string, string>): Record<string, string> {
  const keys = Object.keys(labels)
  if (keys.length <= maxLabels) return labels
  return Object.fromEntries(
    keys
      .sort()
      .slice(0, maxLabels)
      .map((key) => [key, labels[key] ?? '']),
  )
}

export function createdOf(timestamp: string | undefined): number {
  const ms = Date.parse(timestamp ?? '')
  return Number.isNaN(ms) ? 0 : ms
}
