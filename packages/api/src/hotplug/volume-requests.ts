/** addvolume and removevolume: what each changes, and when it is refused. Source: KubeVirt's subresource API. */

import {
  badRequest,
  controllerOf,
  isJsonObject,
  type Json,
  type JsonObject,
  type JsonPatchOperation,
} from '@berth/meta'
import type { ClusterConfiguration } from '../configuration/cluster-configuration.ts'
import { instanceConflict, machineConflict } from '../lifecycle/refusals.ts'
import type { PlannedPatch } from '../lifecycle/patch.ts'
import { annotations } from '../names.ts'
import { resources } from '../resources.ts'
import type { Disk } from '../types/domain.ts'
import type { VirtualMachineInstance, VirtualMachineInstanceSpec } from '../types/instance.ts'
import type { VirtualMachine, VolumeRequest } from '../types/machine.ts'
import type { Volume } from '../types/volume.ts'
import { validateVolumeRequests, withVolumeRequests } from '../validation/volume-requests.ts'
import { denied } from '../webhooks.ts'
import { ephemeralVolumes, isHotpluggable } from './declared-volumes.ts'

const noGate = 'Enable DeclarativeHotplugVolumes or HotplugVolumes feature gate to use this API.'

/** @throws StatusError 400 when nothing may be attached or detached here */
export function checkVolumeRequestsEnabled(configuration: ClusterConfiguration): void {
  if (!configuration.enabled('HotplugVolumes') && !configuration.enabled('DeclarativeHotplugVolumes'))
    throw badRequest(noGate)
}

/** Reads the body of addvolume. @throws StatusError 400 */
export function addVolumeRequest({ name, disk, volumeSource }: JsonObject): VolumeRequest {
  if (typeof name !== 'string' || name === '') throw badRequest('AddVolumeOptions requires name to be set')
  if (!isJsonObject(disk)) throw badRequest('AddVolumeOptions requires disk to not be nil')
  if (!isJsonObject(volumeSource)) throw badRequest('AddVolumeOptions requires VolumeSource to not be nil')
  return {
    addVolumeOptions: {
      name,
      // Whatever is wrong with them is refused with the object they become part of.
      disk: { ...(disk as unknown as Disk), name },
      volumeSource: hotpluggable(volumeSource),
    },
  }
}

/** Reads the body of removevolume. @throws StatusError 400 */
export function removeVolumeRequest({ name }: JsonObject): VolumeRequest {
  if (typeof name !== 'string' || name === '') throw badRequest('RemoveVolumeOptions requires name to be set')
  return { removeVolumeOptions: { name } }
}

function hotpluggable({
  dataVolume,
  persistentVolumeClaim,
}: Pick<Volume, 'dataVolume' | 'persistentVolumeClaim'>): Pick<Volume, 'dataVolume' | 'persistentVolumeClaim'> {
  if (persistentVolumeClaim !== undefined)
    return { persistentVolumeClaim: { ...persistentVolumeClaim, hotpluggable: true } }
  return dataVolume === undefined ? {} : { dataVolume: { ...dataVolume, hotpluggable: true } }
}

/**
 * Into the machine's template, from where it gets into the instance and stays for the next one.
 * @param instance the machine's, where it runs
 * @throws StatusError 409, 422 in KubeVirt's words
 */
export function planMachineVolumes(
  machine: VirtualMachine,
  request: VolumeRequest,
  instance: VirtualMachineInstance | undefined,
): PlannedPatch {
  const { spec } = machine.spec.template
  const problem = requestProblem(spec.volumes ?? [], request)
  if (problem !== undefined) throw machineConflict(machine, problem)
  const causes = validateVolumeRequests([request], machine, instance)
  if (causes.length > 0) throw denied(resources.virtualMachine.webhooks.createValidator, causes)
  return { target: 'machine', operations: specPatch('/spec/template/spec', spec, request) }
}

/**
 * Only into the instance, for this run.
 * @throws StatusError 400 for an instance that follows its machine, 409
 */
export function planInstanceVolumes(
  instance: VirtualMachineInstance,
  request: VolumeRequest,
  configuration: ClusterConfiguration,
): PlannedPatch {
  const { name = '', namespace = '' } = instance.metadata
  const owned = controllerOf(instance)?.kind === 'VirtualMachine'
  if (owned && !configuration.enabled('HotplugVolumes')) throw badRequest(`VMI ${namespace}/${name} is owned by a VM`)
  if (instance.status?.phase !== 'Running') throw instanceConflict(instance, 'VMI is not running')
  const problem = requestProblem(instance.spec.volumes ?? [], request)
  if (problem !== undefined) throw instanceConflict(instance, problem)
  const operations = specPatch('/spec', instance.spec, request)
  return { target: 'instance', operations: owned ? [...operations, ...ephemeralPatch(instance, request)] : operations }
}

function requestProblem(
  volumes: readonly Volume[],
  { addVolumeOptions: add, removeVolumeOptions: remove }: VolumeRequest,
) {
  const source = add?.volumeSource === undefined ? undefined : sourceName(add.volumeSource)
  for (const volume of volumes) {
    if (add !== undefined && volume.name === add.name)
      return `Unable to add volume [${add.name}] because volume with that name already exists`
    if (source !== undefined && sourceName(volume) === source)
      return `Unable to add volume source [${source}] because it already exists`
  }
  if (remove === undefined) return undefined
  const found = volumes.find((volume) => isNamed(volume, remove.name))
  if (found === undefined) return `Unable to remove volume [${remove.name}] because it does not exist`
  return isHotpluggable(found) ? undefined : `Unable to remove volume [${found.name}] because it is not hotpluggable`
}

function sourceName({ dataVolume, persistentVolumeClaim }: Partial<Volume>): string | undefined {
  return dataVolume?.name ?? persistentVolumeClaim?.claimName
}

/** By its own name or that of what is behind it. */
function isNamed(volume: Volume, name: string): boolean {
  return volume.name === name || sourceName(volume) === name
}

function specPatch(path: string, spec: VirtualMachineInstanceSpec, request: VolumeRequest): JsonPatchOperation[] {
  const name = request.removeVolumeOptions?.name
  const gone = name === undefined ? undefined : (spec.volumes ?? []).find((volume) => isNamed(volume, name))
  const after = withVolumeRequests(spec, [gone === undefined ? request : { removeVolumeOptions: { name: gone.name } }])
  return [
    ...replaced(`${path}/volumes`, spec.volumes, after.volumes),
    ...replaced(`${path}/domain/devices/disks`, spec.domain.devices.disks, after.domain.devices.disks),
  ]
}

function ephemeralPatch(
  instance: VirtualMachineInstance,
  { addVolumeOptions: add, removeVolumeOptions: remove }: VolumeRequest,
): JsonPatchOperation[] {
  const before = ephemeralVolumes(instance)
  const after = [...before.filter((name) => name !== remove?.name), ...(add === undefined ? [] : [add.name])]
  const value = after.join(',')
  if (instance.metadata.annotations === undefined)
    return [{ op: 'add', path: '/metadata/annotations', value: { [annotations.ephemeralVolumes]: value } }]
  return [{ op: 'add', path: `/metadata/annotations/${annotations.ephemeralVolumes.replaceAll('/', '~1')}`, value }]
}

/** Through JSON, as the API carries it. */
function replaced(
  path: string,
  before: readonly object[] | undefined,
  after: readonly object[] = [],
): JsonPatchOperation[] {
  return [
    { op: 'test', path, value: (before ?? null) as unknown as Json },
    { op: before === undefined ? 'add' : 'replace', path, value: after as unknown as Json },
  ]
}
