/** What matching is done on: a write, with the names webhooks and policies know it by. */

import { apiVersionOf, parseApiVersion, type JsonObject } from '@berth/meta'
import type { ResourceDefinition } from '../../resource/definition.ts'
import { storageVersionOf } from '../../resource/traits.ts'
import type { ApiObject } from '../../rest/api-object.ts'
import { decodeStored, inVersion } from '../../rest/stored-form.ts'
import type { AdmissionAttributes } from '../plugin.ts'

export interface GroupVersionKind {
  readonly group: string
  readonly version: string
  readonly kind: string
}

/** The resource and kind a rule was met with: those of the request, or the same ones in another version. */
export interface Invocation {
  readonly group: string
  readonly version: string
  readonly resource: string
  readonly kind: GroupVersionKind
}

export function invocationIn(attributes: AdmissionAttributes, version: string): Invocation {
  const { group, resource } = attributes.definition
  return { group, version, resource, kind: kindOf(attributes, version) }
}

/** The kind of what is written: a subresource may have one of its own (`autoscaling/v1` Scale), whatever the parent's version. */
export function kindOf(attributes: AdmissionAttributes, version: string): GroupVersionKind {
  const { definition, subresource, operation, object } = attributes
  const own = subresourceOf(definition, subresource)?.kind
  if (own !== undefined) return { group: own.group, version: own.version, kind: own.kind }
  // Options of a stream (PodExecOptions) say what they are.
  if (operation === 'CONNECT' && object !== undefined)
    return { ...parseApiVersion(object.apiVersion), kind: object.kind }
  return { group: definition.group, version, kind: definition.kind }
}

function subresourceOf({ subresources }: ResourceDefinition, name: string): { kind?: GroupVersionKind } | undefined {
  return subresources !== undefined && Object.hasOwn(subresources, name) ? subresources[name] : undefined
}

export function isNamespace({ definition }: AdmissionAttributes): boolean {
  return definition.group === '' && definition.resource === 'namespaces'
}

/** As Kubernetes has it, a namespace is in itself. */
export function requestNamespace(attributes: AdmissionAttributes): string {
  return isNamespace(attributes) ? attributes.name : (attributes.namespace ?? '')
}

/**
 * The object as clients of `version` see it; the given one is not changed.
 * Objects of subresources (Scale) are passed on as they are.
 */
export function objectInVersion(
  { definition, subresource, operation }: AdmissionAttributes,
  object: ApiObject | undefined,
  version: string,
): ApiObject | undefined {
  if (object === undefined || subresourceOf(definition, subresource)?.kind !== undefined) return object
  if (operation === 'CONNECT') return object
  if (version === storageVersionOf(definition)) return object
  if (definition.conversion === undefined) {
    const shown: ApiObject = { ...object }
    shown.apiVersion = apiVersionOf({ group: definition.group, version })
    return shown
  }
  return decodeStored(inVersion(definition, version, Buffer.from(JSON.stringify(object))))
}

/** Makes `object` what `next` is, given in any version: plug-ins change the object in place. */
export function replaceContent(attributes: AdmissionAttributes, object: ApiObject, next: JsonObject): void {
  const { apiVersion, kind } = object
  for (const key of Object.keys(object)) delete object[key]
  Object.assign(object, next, { apiVersion, kind })
  const { definition, subresource } = attributes
  if (subresourceOf(definition, subresource)?.kind === undefined) definition.conversion?.beforeStore?.(object)
}
