/** The machine that a restore puts back or makes. Source: KubeVirt's restore controller. */

import {
  applyJsonPatch,
  badRequest,
  deepClone,
  parseJsonPatch,
  type Json,
  type JsonObject,
  type JsonPatchOperation,
} from '@berth/meta'
import type { DataVolumeTemplate, VirtualMachine, VirtualMachineSpec } from '../types/machine.ts'
import type { KeptMachine, VirtualMachineRestore, VolumeRestore } from '../types/snapshot.ts'
import type { Volume } from '../types/volume.ts'
import { strategyOf } from '../status/run-strategy.ts'
import { lastRestoreAnnotation } from './clone.ts'

/** How an object says which restore made it. */
export function restoreMark({ metadata }: Readonly<VirtualMachineRestore>): string {
  return `${metadata.name ?? ''}-${metadata.uid ?? ''}`
}

export function hasRestoreMark(
  restore: Readonly<VirtualMachineRestore>,
  object: { metadata: { annotations?: Record<string, string> | null } } | undefined,
): boolean {
  return object?.metadata.annotations?.[lastRestoreAnnotation] === restoreMark(restore)
}

/**
 * @param target the machine as it is; undefined for one that is made
 * @throws {StatusError} BadRequest, Invalid when a patch does not fit
 */
export function restoredMachine(
  restore: Readonly<VirtualMachineRestore>,
  kept: Readonly<KeptMachine>,
  target: Readonly<VirtualMachine> | undefined,
): VirtualMachine {
  const restores = restore.status?.restores ?? []
  const spec = deepClone(kept.spec)
  const templates = (spec.dataVolumeTemplates ?? []).map((template) => renamedTemplate(template, kept.spec, restores))
  if (spec.dataVolumeTemplates !== undefined) spec.dataVolumeTemplates = templates
  const volumes = (spec.template.spec.volumes ?? [])
    // A dump of the memory belongs to the machine as it was.
    .filter(({ memoryDump }) => memoryDump === undefined)
    .map((volume) => renamedVolume(volume, kept.spec, restores))
  if (spec.template.spec.volumes !== undefined) spec.template.spec.volumes = volumes
  const mark = { [lastRestoreAnnotation]: restoreMark(restore) }
  if (target !== undefined) {
    return {
      ...target,
      metadata: { ...target.metadata, annotations: { ...target.metadata.annotations, ...mark } },
      spec: { ...withoutStrategy(spec), ...strategyLike(target.spec) },
    }
  }
  const off = spec.running === undefined ? { runStrategy: 'Halted' as const } : { running: false }
  const made: VirtualMachine = {
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachine',
    metadata: {
      name: restore.spec.target.name,
      namespace: restore.metadata.namespace ?? '',
      ...(kept.metadata.labels ? { labels: { ...kept.metadata.labels } } : {}),
      annotations: { ...kept.metadata.annotations, ...mark },
    },
    spec: { ...withoutStrategy(spec), ...off },
  }
  return patched(made, restore.spec.patches ?? [])
}

/** DataVolumes of the machine as it is that the restored one has not any more. */
export function dataVolumesToDelete(target: Readonly<VirtualMachine>, restored: Readonly<VirtualMachine>): string[] {
  const kept = new Set((restored.spec.dataVolumeTemplates ?? []).map(({ metadata }) => metadata.name))
  return (target.spec.dataVolumeTemplates ?? []).map(({ metadata }) => metadata.name).filter((name) => !kept.has(name))
}

/** Whether the volume is a DataVolume that the machine makes itself. */
export function isOwnDataVolume({ dataVolume }: Volume, { dataVolumeTemplates = [] }: VirtualMachineSpec): boolean {
  return dataVolume !== undefined && dataVolumeTemplates.some(({ metadata }) => metadata.name === dataVolume.name)
}

function renamedTemplate(
  template: DataVolumeTemplate,
  { template: machine }: VirtualMachineSpec,
  restores: readonly VolumeRestore[],
): DataVolumeTemplate {
  const volume = (machine.spec.volumes ?? []).find(({ dataVolume }) => dataVolume?.name === template.metadata.name)
  const name = restores.find(({ volumeName }) => volumeName === volume?.name)?.dataVolumeName
  return name === undefined ? template : { ...template, metadata: { ...template.metadata, name } }
}

function renamedVolume(volume: Volume, spec: VirtualMachineSpec, restores: readonly VolumeRestore[]): Volume {
  const restore = restores.find(({ volumeName }) => volumeName === volume.name)
  if (restore === undefined) return volume
  const claimName = restore.persistentVolumeClaim
  if (volume.persistentVolumeClaim !== undefined) {
    return { ...volume, persistentVolumeClaim: { ...volume.persistentVolumeClaim, claimName } }
  }
  if (volume.dataVolume === undefined) return volume
  // Somebody else's DataVolume is not made again, only its claim.
  if (!isOwnDataVolume(volume, spec)) return { name: volume.name, persistentVolumeClaim: { claimName } }
  return { ...volume, dataVolume: { ...volume.dataVolume, name: restore.dataVolumeName ?? claimName } }
}

function withoutStrategy({
  running: _running,
  runStrategy: _strategy,
  ...spec
}: VirtualMachineSpec): VirtualMachineSpec {
  return spec
}

/** The restored machine is off; one that ran by `running` says so. */
function strategyLike(spec: VirtualMachineSpec): Pick<VirtualMachineSpec, 'running' | 'runStrategy'> {
  return spec.running === undefined ? { runStrategy: strategyOf(spec) } : { running: false }
}

function patched(machine: VirtualMachine, patches: readonly string[]): VirtualMachine {
  if (patches.length === 0) return machine
  const operations = parseJsonPatch(patches.map((patch): unknown => JSON.parse(patch)))
  // It came out of JSON and holds nothing else: interfaces only lack the index signature that says so.
  let result = machine as unknown as Json
  for (const operation of operations) result = applyJsonPatch(result, [lenient(operation, result)])
  if (!isObject(result) || !isObject(result['metadata']) || !isObject(result['spec'])) {
    throw badRequest('spec.patches leave nothing of the machine: its metadata and its spec have to stay objects')
  }
  // Whatever else patches made of it, admission looks at before it is kept.
  const { metadata, spec } = result as unknown as VirtualMachine
  const { labels, annotations } = metadata
  // The engine makes it for whoever asked: where it is, and what it is called, is not theirs to change, whoever let the patches in.
  return {
    ...machine,
    metadata: {
      ...withoutNotes(machine.metadata),
      ...(labels ? { labels } : {}),
      ...(annotations ? { annotations } : {}),
    },
    spec,
  }
}

function withoutNotes({
  labels: _labels,
  annotations: _annotations,
  ...metadata
}: VirtualMachine['metadata']): VirtualMachine['metadata'] {
  return metadata
}

/** KubeVirt's library replaces what is not there. */
function lenient(operation: JsonPatchOperation, document: Json): JsonPatchOperation {
  return operation.op === 'replace' && !exists(document, operation.path) ? { ...operation, op: 'add' } : operation
}

function exists(document: Json, path: string): boolean {
  let at: Json | undefined = document
  for (const part of path.split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~')
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return false
    at = Array.isArray(at) ? at[Number(key)] : at[key]
  }
  return true
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
