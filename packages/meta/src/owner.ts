/** Owner references: who an object belongs to (and is garbage-collected with). */

import type { KubeObject, OwnerReference } from './object.ts'

/** The one owner that controls the object, if any. */
export function controllerOf(object: KubeObject): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find((owner) => owner.controller === true)
}

export interface OwnerReferenceOptions {
  controller?: boolean
  blockOwnerDeletion?: boolean
}

/**
 * A reference to put into a dependent's metadata. Flags that are not given are left out, as Kubernetes does.
 * @throws {TypeError} when the owner was not stored yet: without its uid the reference would name any later namesake
 */
export function ownerReferenceTo(owner: KubeObject, options: OwnerReferenceOptions = {}): OwnerReference {
  const { name, uid } = owner.metadata
  if (name === undefined || uid === undefined) {
    throw new TypeError(`${owner.kind} "${name ?? ''}" has no uid yet; create it before making it an owner`)
  }
  return { apiVersion: owner.apiVersion, kind: owner.kind, name, uid, ...options }
}

/** A reference to the object's controller, the usual case: blocks the owner's foreground deletion. */
export function controllerReferenceTo(owner: KubeObject): OwnerReference {
  return ownerReferenceTo(owner, { controller: true, blockOwnerDeletion: true })
}
