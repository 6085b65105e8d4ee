/** Everything about one machine on a page. */

import type {
  DataVolume,
  DomainSpec,
  Matcher,
  VirtualMachine,
  VirtualMachineInstance,
  VirtualMachineInstanceSpec,
  Volume,
} from '@berth/api'
import type { EventObject } from '@berth/kube'
import { renderFields, renderTable } from '../output/table.ts'
import { ageOf, cpusOf, memoryOf } from './columns.ts'
import { troubleOf } from './disks.ts'

export interface MachineFacts {
  machine: VirtualMachine
  instance: VirtualMachineInstance | undefined
  /** There is an instance alone, and `machine` stands for what would have made it. */
  standalone: boolean
  /** With instance type, preference and defaults worked in. */
  spec: VirtualMachineInstanceSpec
  /** That its disks come from. */
  dataVolumes: readonly DataVolume[]
  /** Of the machine and its instance, any order. */
  events: readonly EventObject[]
  nowMs: number
}

export function describeMachine(facts: MachineFacts): string {
  const sections: [title: string, text: string][] = [
    ['Conditions', conditions(facts)],
    ['Volumes', volumes(facts)],
    ['Disks in the making', disks(facts)],
    ['Network', network(facts)],
    ['Events', events(facts)],
  ]
  const blocks = sections.filter(([, text]) => text !== '').map(([title, text]) => `\n${title}\n${indent(text)}`)
  return summary(facts) + blocks.join('')
}

function summary({ machine, instance, standalone, spec: { domain }, nowMs }: MachineFacts): string {
  const { metadata, spec, status } = machine
  const age = ageOf(metadata.creationTimestamp, nowMs)
  const since = instance?.status?.phaseTransitionTimestamps?.findLast(({ phase }) => phase === 'Running')
  const fields: [string, string | undefined][] = [
    ['Name', metadata.name],
    ['Namespace', metadata.namespace],
    ['Status', status?.printableStatus],
    [
      'Run strategy',
      standalone
        ? 'none: an instance without a VM'
        : (spec.runStrategy ?? (spec.running === true ? 'Always' : 'Halted')),
    ],
    ['Created', age === undefined ? undefined : `${age} ago`],
    ...named('Instance type', spec.instancetype),
    ...named('Preference', spec.preference),
    ['CPU', String(cpusOf(domain))],
    ['Memory', memoryOf(domain)],
    ['Firmware', firmwareOf(domain)],
  ]
  if (instance !== undefined) {
    const running = ageOf(since?.phaseTransitionTimestamp, nowMs)
    const { prettyName, kernelRelease } = instance.status?.guestOSInfo ?? {}
    fields.push(['Node', instance.status?.nodeName], ['Running for', running])
    fields.push(['Guest', [prettyName, kernelRelease].filter((part) => part !== undefined && part !== '').join(', ')])
  }
  return renderFields(fields)
}

function named(title: string, matcher: Matcher | undefined): [string, string][] {
  if (matcher === undefined) return []
  const { name, kind, inferFromVolume } = matcher
  const own = kind !== undefined && !/cluster/i.test(kind)
  return [
    [
      title,
      name === undefined
        ? `inferred from volume ${inferFromVolume ?? ''}`
        : `${name}${own ? ' (of the namespace)' : ''}`,
    ],
  ]
}

function firmwareOf({ firmware, devices }: DomainSpec): string {
  const { bootloader, kernelBoot } = firmware ?? {}
  if (kernelBoot?.container !== undefined) return `kernel of ${kernelBoot.container.image}`
  const boot =
    bootloader?.efi === undefined ? 'BIOS' : bootloader.efi.secureBoot === false ? 'UEFI' : 'UEFI, Secure Boot'
  return devices.tpm === undefined || devices.tpm.enabled === false ? boot : `${boot}, TPM`
}

function conditions({ machine, nowMs }: MachineFacts): string {
  const all = machine.status?.conditions ?? []
  if (all.length === 0) return ''
  const rows = all.map(({ type, status, reason, message, lastTransitionTime }) => {
    return [
      type,
      status,
      ageOf(lastTransitionTime, nowMs),
      [reason, message].filter((part) => part !== undefined && part !== '').join(': '),
    ]
  })
  return renderTable(['TYPE', 'STATUS', 'AGE', 'WHY'], rows)
}

function volumes({ instance, spec: { volumes = [], domain } }: MachineFacts): string {
  if (volumes.length === 0) return ''
  const rows = volumes.map((volume) => {
    const disk = domain.devices.disks?.find(({ name }) => name === volume.name)
    const status = instance?.status?.volumeStatus?.find(({ name }) => name === volume.name)
    const device = disk?.cdrom !== undefined ? 'CD-ROM' : disk?.lun !== undefined ? 'LUN' : 'disk'
    return [
      volume.name,
      disk === undefined ? 'not attached' : device,
      status?.target,
      sourceOf(volume),
      status?.persistentVolumeClaimInfo?.capacity?.['storage'],
    ]
  })
  return renderTable(['NAME', 'DEVICE', 'TARGET', 'SOURCE', 'SIZE'], rows)
}

function sourceOf(volume: Volume): string {
  if (volume.dataVolume !== undefined) return `DataVolume ${volume.dataVolume.name}`
  if (volume.persistentVolumeClaim !== undefined) return `claim ${volume.persistentVolumeClaim.claimName}`
  if (volume.hostDisk !== undefined) return `host file ${volume.hostDisk.path}`
  if (volume.emptyDisk !== undefined) return `empty, ${volume.emptyDisk.capacity}`
  if (volume.configMap !== undefined) return `config map ${volume.configMap.name ?? ''}`
  if (volume.secret !== undefined) return `secret ${volume.secret.secretName ?? ''}`
  // Sources this list does not know are named as the API names them.
  return Object.keys(volume).find((key) => key !== 'name') ?? ''
}

function disks({ dataVolumes }: MachineFacts): string {
  const unfinished = dataVolumes.filter(({ status }) => status?.phase !== 'Succeeded')
  if (unfinished.length === 0) return ''
  const rows = unfinished.map((disk) => [
    disk.metadata.name,
    disk.status?.phase,
    disk.status?.progress,
    troubleOf(disk),
  ])
  return renderTable(['NAME', 'STATE', 'PROGRESS', 'TROUBLE'], rows)
}

function network({ instance }: MachineFacts): string {
  const interfaces = instance?.status?.interfaces ?? []
  if (interfaces.length === 0) return ''
  const rows = interfaces.map(({ name, mac, ipAddress, ipAddresses, interfaceName }) => {
    return [name, interfaceName, mac, (ipAddresses ?? (ipAddress === undefined ? [] : [ipAddress])).join(', ')]
  })
  return renderTable(['NAME', 'IN GUEST', 'MAC', 'ADDRESSES'], rows)
}

/** The newest; older ones are in `kubectl get events`. */
const shownEvents = 20

function events({ events, nowMs }: MachineFacts): string {
  const timeOf = (event: EventObject): string =>
    event.lastTimestamp ?? event.eventTime ?? event.metadata.creationTimestamp ?? ''
  const newest = events.toSorted((a, b) => timeOf(a).localeCompare(timeOf(b))).slice(-shownEvents)
  if (newest.length === 0) return ''
  const rows = newest.map((event) => {
    const times = event.count !== undefined && event.count > 1 ? ` (x${event.count})` : ''
    return [`${ageOf(timeOf(event), nowMs) ?? '?'}${times}`, event.type, event.reason, event.message]
  })
  return renderTable(['AGE', 'TYPE', 'REASON', 'MESSAGE'], rows)
}

function indent(text: string): string {
  return text.replace(/^(?=.)/gm, '  ')
}
