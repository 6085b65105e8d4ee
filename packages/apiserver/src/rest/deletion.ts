/** The rules of going away: finalizers, grace, propagation. Pure; `delete.ts` carries them out. */

import { formatTime } from '@berth/meta'
import type { ResourceDefinition } from '../resource/definition.ts'
import type { ApiObject } from './api-object.ts'
import type { DeleteOptions, Propagation } from './delete-options.ts'

const foreground = 'foregroundDeletion'
const orphan = 'orphan'

/** Finalizers the garbage collector works for, by policy. */
const policyFinalizers: Record<Propagation, readonly string[]> = {
  Background: [],
  Foreground: [foreground],
  Orphan: [orphan],
}

/** True when nothing keeps a deleted object any more. */
export function isFree(definition: ResourceDefinition, object: ApiObject): boolean {
  const { finalizers = [], deletionGracePeriodSeconds = 0 } = object.metadata
  if (finalizers.length > 0 || deletionGracePeriodSeconds > 0) return false
  return definition.rules?.deletion?.held?.(object) !== true
}

export interface Deletion {
  /** The object with its deletion marked. */
  object: ApiObject
  /** Nothing holds it: it can be removed now. */
  free: boolean
}

/** What a delete makes of an object; the given one is not changed. */
export function markDeleted(
  definition: ResourceDefinition,
  previous: ApiObject,
  options: Pick<DeleteOptions, 'graceSeconds' | 'propagation'> & { now: Date },
): Deletion {
  const object: ApiObject = { ...structuredClone(previous) }
  const { metadata } = object
  const finalizers = finalizersAfter(metadata.finalizers ?? [], options.propagation)
  if (finalizers.length > 0) metadata.finalizers = finalizers
  else delete metadata.finalizers

  const rules = definition.rules?.deletion
  const wanted = rules?.graceSeconds?.(object, options.graceSeconds) ?? 0
  if (metadata.deletionTimestamp === undefined) {
    metadata.deletionTimestamp = formatTime(new Date(options.now.getTime() + wanted * 1000))
    // Kinds with a way of their own to go (namespaces, definitions of kinds) know no grace.
    if (rules?.mark === undefined) {
      metadata.deletionGracePeriodSeconds = wanted
      if (metadata.generation !== undefined) metadata.generation += 1
    } else rules.mark(object)
  } else if (options.graceSeconds !== undefined && wanted < (metadata.deletionGracePeriodSeconds ?? 0)) {
    // Asking again can only shorten the wait.
    metadata.deletionTimestamp = formatTime(new Date(options.now.getTime() + wanted * 1000))
    metadata.deletionGracePeriodSeconds = wanted
  }
  return { object, free: isFree(definition, object) }
}

function finalizersAfter(finalizers: string[], propagation: Propagation | undefined): string[] {
  if (propagation === undefined) return finalizers
  const others = finalizers.filter((each) => each !== foreground && each !== orphan)
  return [...others, ...policyFinalizers[propagation]]
}
