/** Requests to attach and detach volumes, as they wait in a machine's status. */

import { deepEqual, type StatusCause } from '@berth/meta'
import type { VirtualMachineInstance, VirtualMachineInstanceSpec } from '../types/instance.ts'
import type { VirtualMachine, VolumeRequest } from '../types/machine.ts'
import type { Volume } from '../types/volume.ts'
import { invalidField, unsupportedField } from './cause.ts'
import { validateHotplugDisk } from './hotplug.ts'

const field = 'Status.volumeRequests'

/**
 * The first request that cannot be. What the machine becomes with them is for the usual rules.
 * @param instance the machine's, where it runs and is not going away
 */
export function validateVolumeRequests(
  requests: readonly VolumeRequest[],
  machine: VirtualMachine,
  instance?: VirtualMachineInstance,
): StatusCause[] {
  const seen = { add: new Set<string>(), remove: new Set<string>() }
  const [template, running] = [machine.spec.template.spec, instance?.spec].map(
    (spec) => new Map((spec?.volumes ?? []).map((volume) => [volume.name, volume])),
  )
  for (const { addVolumeOptions: add, removeVolumeOptions: remove } of requests) {
    const causes =
      add === undefined || remove !== undefined
        ? removal(add !== undefined, remove?.name, seen.remove)
        : addition(add, { seen: seen.add, template, running })
    if (causes.length > 0) return causes
  }
  const migration = instance?.status?.migrationState
  const [start, end] = [migration?.startTimestamp ?? '', migration?.endTimestamp ?? '']
  const moving = requests.length > 0 && start !== '' && end === ''
  return moving ? [unsupportedField('spec', 'Cannot handle volume requests while VMI migration is in progress')] : []
}

function removal(both: boolean, name: string | undefined, seen: Set<string>): StatusCause[] {
  if (both) {
    return [
      invalidField(field, 'VolumeRequests require either addVolumeOptions or removeVolumeOptions to be set, not both'),
    ]
  }
  if (name === undefined) {
    return [
      invalidField(field, 'VolumeRequests require one of either addVolumeOptions or removeVolumeOptions to be set'),
    ]
  }
  if (seen.has(name)) return [invalidField(field, `RemoveVolume request for [${name}] aleady exists`)]
  seen.add(name)
  return []
}

interface Known {
  seen: Set<string>
  template: ReadonlyMap<string, Volume> | undefined
  running: ReadonlyMap<string, Volume> | undefined
}

function addition(
  { name, disk, volumeSource = {} }: NonNullable<VolumeRequest['addVolumeOptions']>,
  { seen, template, running }: Known,
): StatusCause[] {
  if (seen.has(name)) return [invalidField(field, `AddVolume request for [${name}] aleady exists`)]
  seen.add(name)
  const wrong = validateHotplugDisk(disk, { name, what: 'AddVolume request', field })
  if (wrong.length > 0) return wrong
  const volume = pluggable({ name, volumeSource })
  const clashes = (volumes: ReadonlyMap<string, Volume> | undefined): boolean => {
    const there = volumes?.get(name)
    // What was asked for has become hotpluggable where it is there already.
    return there !== undefined && !deepEqual(pluggable({ name, volumeSource: there }), volume)
  }
  const words = `AddVolume request for [${name}] conflicts with an existing volume of the same name on`
  if (clashes(template)) return [invalidField(field, `${words} the vmi template.`)]
  return clashes(running) ? [invalidField(field, `${words} currently running vmi`)] : []
}

/** A spec as it becomes with the requests; the given one stays as it is. */
export function withVolumeRequests(
  spec: VirtualMachineInstanceSpec,
  requests: readonly VolumeRequest[],
): VirtualMachineInstanceSpec {
  let volumes = spec.volumes ?? []
  let disks = spec.domain.devices.disks ?? []
  for (const { addVolumeOptions: add, removeVolumeOptions: remove } of requests) {
    if (add !== undefined) {
      if (volumes.some(({ name }) => name === add.name)) continue
      volumes = [...volumes, pluggable(add)]
      if (add.disk !== undefined) disks = [...disks, { ...add.disk, name: add.name }]
    } else if (remove !== undefined) {
      volumes = volumes.filter(({ name }) => name !== remove.name)
      disks = disks.filter(({ name }) => name !== remove.name)
    }
  }
  return { ...spec, volumes, domain: { ...spec.domain, devices: { ...spec.domain.devices, disks } } }
}

function pluggable({ name, volumeSource = {} }: NonNullable<VolumeRequest['addVolumeOptions']>): Volume {
  const { persistentVolumeClaim: claim, dataVolume } = volumeSource
  if (claim !== undefined) return { name, persistentVolumeClaim: { ...claim, hotpluggable: true } }
  return dataVolume === undefined ? { name } : { name, dataVolume: { ...dataVolume, hotpluggable: true } }
}
