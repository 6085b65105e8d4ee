/** Volumes that serve the engine and not the guest: never there at the start, never changed. */

import { deepEqual, type StatusCause } from '@berth/meta'
import type { ClusterConfiguration } from '../configuration/cluster-configuration.ts'
import type { VirtualMachineInstance, VirtualMachineInstanceSpec } from '../types/instance.ts'
import { duplicateField, invalidField, requiredField } from './cause.ts'

export function utilityVolumeCauses(
  spec: VirtualMachineInstanceSpec,
  previous: VirtualMachineInstance,
  configuration: ClusterConfiguration,
): StatusCause[] {
  const causes = eachVolume(spec, configuration)
  if (causes.length > 0) return causes
  const permanent = new Set(
    (previous.status?.volumeStatus ?? [])
      .filter(({ hotplugVolume }) => hotplugVolume === undefined)
      .map(({ name }) => name),
  )
  const before = new Map((previous.spec.utilityVolumes ?? []).map((volume) => [volume.name, volume]))
  const problems = (spec.utilityVolumes ?? []).flatMap((volume) => {
    const { name } = volume
    if (permanent.has(name)) {
      return [`utility volume ${name} cannot be a permanent volume, utility volumes must always be hotplug`]
    }
    const earlier = before.get(name)
    return earlier === undefined || deepEqual(volume, earlier) ? [] : [`utility volume ${name} has changed`]
  })
  return problems.slice(0, 1).map((message) => ({ reason: 'FieldValueInvalid', message }))
}

function eachVolume(spec: VirtualMachineInstanceSpec, configuration: ClusterConfiguration): StatusCause[] {
  const list = spec.utilityVolumes ?? []
  const field = 'spec.utilityVolumes'
  if (list.length > 0 && !configuration.enabled('UtilityVolumes')) {
    return [invalidField(field, 'UtilityVolumes feature gate is not enabled')]
  }
  const volumes = new Map((spec.volumes ?? []).map(({ name }, index) => [name, index]))
  const seen = new Map<string, number>()
  return list.flatMap(({ name, claimName }, index) => {
    const at = `${field}[${index}]`
    const causes: StatusCause[] = []
    if ((name ?? '') === '') causes.push(requiredField(`${at}.name`, "UtilityVolume 'name' must be set"))
    const other = seen.get(name)
    if (other === undefined) seen.set(name, index)
    else causes.push(duplicateField(`${at}.name`, `${at} and ${field}[${other}] must not have the same Name.`))
    const regular = volumes.get(name)
    if (regular !== undefined) {
      const message = `${at} conflicts with spec.volumes[${regular}]. UtilityVolume names must be unique across both volumes and utilityVolumes.`
      causes.push(duplicateField(`${at}.name`, message))
    }
    if ((claimName ?? '') === '') {
      causes.push(requiredField(`${at}.claimName`, "UtilityVolume PVC 'claimName' must be set"))
    }
    return causes
  })
}
