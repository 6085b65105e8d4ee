/**
 * The ControllerRevisions that keep an instance type or preference as a machine first saw it, so that later changes of the object do not
 * reach the machine by themselves.
 */

import { apiVersionOf, deepClone, type JsonObject } from '@berth/meta'
import type { Instancetype, Matcher, MatcherStatus, Preference } from '../types/instancetype.ts'

const group = 'instancetype.kubevirt.io'
/** Labels of a revision: of what object it was taken. */
export const revisionLabels = {
  generation: `${group}/object-generation`,
  kind: `${group}/object-kind`,
  name: `${group}/object-name`,
  uid: `${group}/object-uid`,
  version: `${group}/object-version`,
} as const

/** The version of a stored object that is current; older ones are written anew in it. */
export const storedVersion = 'v1beta1'

export interface RevisionContent {
  name: string
  labels: Record<string, string>
  /** The object with as much of its metadata as names it. */
  data: JsonObject
}

/**
 * @param object with its kind, which a list leaves out
 * @param machine name of the machine the revision is for
 */
export function revisionOf(object: Readonly<Instancetype | Preference>, machine: string): RevisionContent {
  const { kind, metadata } = object
  const { name = '', namespace, uid = '', generation = 1, resourceVersion, creationTimestamp } = metadata
  const kept = { name, namespace, uid, generation, resourceVersion, creationTimestamp }
  return {
    name: `${machine}-${name}-${storedVersion}-${uid}-${generation}`,
    labels: {
      [revisionLabels.generation]: String(generation),
      [revisionLabels.kind]: kind,
      [revisionLabels.name]: name,
      [revisionLabels.uid]: uid,
      [revisionLabels.version]: storedVersion,
    },
    data: {
      apiVersion: apiVersionOf({ group, version: storedVersion }),
      kind,
      metadata: Object.fromEntries(Object.entries(kept).filter((entry) => entry[1] !== undefined)) as JsonObject,
      // As the API carries it: a typed spec is a JSON object.
      spec: deepClone(object.spec) as unknown as JsonObject,
    },
  }
}

/**
 * What the machine's status says of its reference next. A changed name, kind or volume lets go of the revision; a revision the machine
 * names itself is taken over.
 * @returns the same object when nothing changes, but for a missing revision, which the caller takes and adds
 */
export function nextMatcherStatus(matcher: Readonly<Matcher>, status: Readonly<MatcherStatus> = {}): MatcherStatus {
  const { name = '', kind = '', inferFromVolume = '', inferFromVolumeFailurePolicy, revisionName = '' } = matcher
  const next: MatcherStatus = { ...status }
  const members: ['name' | 'kind' | 'inferFromVolume', string][] = [
    ['name', name],
    ['kind', kind],
    ['inferFromVolume', inferFromVolume],
  ]
  for (const [member, value] of members) {
    if (value === '' || value === next[member]) continue
    next[member] = value
    delete next.controllerRevisionRef
  }
  if (inferFromVolumeFailurePolicy !== undefined) next.inferFromVolumeFailurePolicy = inferFromVolumeFailurePolicy
  if (revisionName !== '') next.controllerRevisionRef = { name: revisionName }
  return next
}
