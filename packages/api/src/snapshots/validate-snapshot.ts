/** Admission of VirtualMachineSnapshots and VirtualMachineRestores, in KubeVirt's words and order. */

import { deepEqual, type StatusCause } from '@berth/meta'
import { keepsState } from '../persistent-state.ts'
import type { TypedReference } from '../types/core.ts'
import type { VirtualMachine } from '../types/machine.ts'
import {
  volumeOwnershipPolicies,
  volumeRestorePolicies,
  type VirtualMachineRestore,
  type VirtualMachineRestoreSpec,
  type VirtualMachineSnapshot,
  type VirtualMachineSnapshotContent,
} from '../types/snapshot.ts'
import { invalidField, notFoundField, requiredField } from '../validation/cause.ts'
import { isRestoreComplete } from './states.ts'

/** What KubeVirt refuses without a cause. */
export interface PlainRefusal {
  plain: string
}

/** @param previous the stored object on an update */
export function validateSnapshot(
  { spec }: VirtualMachineSnapshot,
  previous: VirtualMachineSnapshot | undefined,
): StatusCause[] {
  return previous === undefined ? machineReference(spec.source, 'spec.source') : unchanged(spec, previous.spec)
}

export interface RestoreAround {
  /** undefined where there is none of that name. */
  snapshot: VirtualMachineSnapshot | undefined
  content: VirtualMachineSnapshotContent | undefined
  target: VirtualMachine | undefined
  /** The other restores of the namespace. */
  others: readonly Readonly<VirtualMachineRestore>[]
}

export function validateRestore(restore: VirtualMachineRestore, around: RestoreAround): StatusCause[] | PlainRefusal {
  const { spec } = restore
  const causes = machineReference(spec.target, 'spec.target')
  if (causes.length === 0) {
    const target = againstTarget(spec, around)
    if ('plain' in target) return target
    causes.push(...target, ...overrides(spec), ...policies(spec))
  }
  const active = around.others.filter((other) => deepEqual(other.spec.target, spec.target) && !isRestoreComplete(other))
  const inProgress = active.map(({ metadata }) =>
    invalidField('spec.target', `VirtualMachineRestore ${JSON.stringify(metadata.name ?? '')} in progress`),
  )
  return [...causes, ...inProgress]
}

export function validateRestoreUpdate(
  { spec }: VirtualMachineRestore,
  previous: Readonly<VirtualMachineRestore>,
): StatusCause[] {
  return unchanged(spec, previous.spec)
}

function unchanged(now: object, before: object): StatusCause[] {
  return deepEqual(now, before) ? [] : [invalidField('spec', 'spec in immutable after creation')]
}

function machineReference({ apiGroup, kind }: TypedReference, field: string): StatusCause[] {
  if (apiGroup === undefined || apiGroup === null) return [notFoundField(`${field}.apiGroup`, 'missing apiGroup')]
  if (apiGroup !== 'kubevirt.io') return [invalidField(`${field}.apiGroup`, 'invalid apiGroup')]
  return kind === 'VirtualMachine' ? [] : [invalidField(`${field}.kind`, 'invalid kind')]
}

function againstTarget(
  spec: VirtualMachineRestoreSpec,
  { snapshot, content, target }: RestoreAround,
): StatusCause[] | PlainRefusal {
  // KubeVirt forgets what it found of the patches when there is no snapshot yet: one that is made later would let them through.
  const causes = validatePatches(spec.patches ?? [], 'spec.patches')
  if (snapshot === undefined) return causes
  const { sourceUID, virtualMachineSnapshotContentName } = snapshot.status ?? {}
  const same = target !== undefined && (sourceUID === undefined || target.metadata.uid === sourceUID)
  if (same) return causes
  if (virtualMachineSnapshotContentName === undefined) {
    return { plain: 'snapshot content name is nil in vmSnapshot status' }
  }
  const machine = content?.spec.source.virtualMachine
  if (machine === undefined) return { plain: 'unexpected snapshot source' }
  if (keepsState(machine.spec.template.spec)) {
    const message =
      'Restore to a different VM is not supported when snapshotted VM has backend storage (persistent TPM or EFI)'
    causes.push(invalidField('spec', message))
  }
  return causes
}

/**
 * Patches may touch labels, annotations and what is below /spec/. KubeVirt cuts the text at its commas and colons, and so refuses values
 * that hold one; here what is JSON is read as such.
 */
export function validatePatches(patches: readonly string[], field: string): StatusCause[] {
  return patches.flatMap((patch) => {
    const path = pathOf(patch)
    if (path === undefined) {
      const message = `patch format is not valid - one ":" expected in a single key-value json patch: ${patch}`
      return [invalidField(field, message)]
    }
    if (['/metadata/labels/', '/metadata/annotations/', '/spec/'].some((start) => path.startsWith(start))) return []
    return [
      invalidField(field, `patching is valid only for elements under /spec/ only: "path": ${JSON.stringify(path)}`),
    ]
  })
}

function pathOf(patch: string): string | undefined {
  try {
    const parsed: unknown = JSON.parse(patch)
    if (typeof parsed !== 'object' || parsed === null || !('path' in parsed)) return undefined
    return typeof parsed.path === 'string' ? parsed.path : undefined
  } catch {
    // Said by who asked, with the text.
    return undefined
  }
}

function overrides({ volumeRestoreOverrides = [] }: VirtualMachineRestoreSpec): StatusCause[] {
  return volumeRestoreOverrides.flatMap(({ volumeName = '', restoreName = '', labels, annotations }, index) => {
    const at = `spec.volumeRestoreOverrides[${index}]`
    const causes = volumeName === '' ? [requiredField(`${at}.volumeName`, 'must provide a volume name')] : []
    if (restoreName === '' && labels === undefined && annotations === undefined) {
      causes.push(requiredField(at, 'must provide at least one overriden field'))
    }
    return causes
  })
}

function policies({ volumeRestorePolicy, volumeOwnershipPolicy }: VirtualMachineRestoreSpec): StatusCause[] {
  return [
    ...knownPolicy(volumeRestorePolicy, volumeRestorePolicies, ['volume restore policy', 'spec.volumeRestorePolicy']),
    ...knownPolicy(volumeOwnershipPolicy, volumeOwnershipPolicies, [
      'volume ownership policy',
      'spec.volumeOwnershipPolicy',
    ]),
  ]
}

function knownPolicy(
  policy: string | undefined,
  known: readonly string[],
  [what, field]: readonly [string, string],
): StatusCause[] {
  if (policy === undefined || known.includes(policy)) return []
  return [invalidField(field, `${what} "${policy}" doesn't exist`)]
}
