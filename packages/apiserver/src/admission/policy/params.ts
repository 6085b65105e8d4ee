/** The parameters a binding hands to its policy (apiserver `policy/generic.CollectParams`). */

import { isJsonObject, matchesLabels, parseApiVersion, type Json, type JsonObject } from '@berth/meta'
import { objectAt, textAt } from '../../core/fields.ts'
import { collectionOf, isStored, keyOf } from '../../resource/traits.ts'
import type { ResourceDefinition } from '../../resource/definition.ts'
import type { ResourceRegistry } from '../../resource/registry.ts'
import type { ApiObject } from '../../rest/api-object.ts'
import { decodeStored, inVersion } from '../../rest/stored-form.ts'
import type { Store } from '../../storage/store.ts'
import { selectorOf } from '../match/selectors.ts'

export interface ParamKind {
  readonly apiVersion: string
  readonly kind: string
}

export interface ParamSource {
  readonly definition: ResourceDefinition
  readonly version: string
}

/** The policy or its binding cannot be used as it is; the failurePolicy says what that means. */
export class ConfigurationError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'ConfigurationError'
  }
}

export function paramKindOf(spec: JsonObject): ParamKind | undefined {
  const kind = objectAt(spec, 'paramKind')
  return kind === undefined ? undefined : { apiVersion: textAt(kind, 'apiVersion'), kind: textAt(kind, 'kind') }
}

/** @throws ConfigurationError when the server has no such kind */
export function paramSource(registry: ResourceRegistry, { apiVersion, kind }: ParamKind): ParamSource {
  const { group, version } = parseApiVersion(apiVersion)
  const known = registry.byKind(group, kind)
  const served = known === undefined ? undefined : registry.find(group, version, known.resource)
  if (served === undefined || !isStored(served)) {
    throw new ConfigurationError(`failed to find resource referenced by paramKind: '${apiVersion}, Kind=${kind}'`)
  }
  return { definition: served, version }
}

export interface ParamRequest {
  store: Pick<Store, 'get' | 'list'>
  source: ParamSource
  /** `spec.paramRef` of the binding. */
  reference: JsonObject
  /** Of the write. */
  namespace: string
}

/** @throws ConfigurationError when the reference fits neither kind nor write, or nothing is found and that means Deny */
export function collectParams(request: ParamRequest): ApiObject[] {
  const { definition } = request.source
  const named = textAt(request.reference, 'namespace')
  if (named !== '' && !definition.namespaced) {
    throw new ConfigurationError('paramRef.namespace must not be provided for a cluster-scoped `paramKind`')
  }
  const namespace = named === '' ? request.namespace : named
  if (definition.namespaced && namespace === '') {
    throw new ConfigurationError(
      'cannot use namespaced paramRef in policy binding that matches cluster-scoped resources',
    )
  }
  const found = find(request, definition.namespaced ? namespace : undefined)
  if (found.length === 0 && textAt(request.reference, 'parameterNotFoundAction') === 'Deny') {
    throw new ConfigurationError('no params found for policy binding with `Deny` parameterNotFoundAction')
  }
  return found
}

function find({ store, source, reference }: ParamRequest, namespace: string | undefined): ApiObject[] {
  const { definition, version } = source
  const collection = collectionOf(definition)
  const read = (value: Buffer): ApiObject => decodeStored(inVersion(definition, version, value))
  const name = textAt(reference, 'name')
  if (name !== '') {
    const stored = store.get(collection, keyOf(namespace, name))
    return stored === undefined ? [] : [read(stored.value)]
  }
  const selector = selectorOf(reference['selector'])
  const { items } = store.list(collection, namespace === undefined ? {} : { prefix: `${namespace}/` })
  return items.map(({ value }) => read(value)).filter(({ metadata }) => matchesLabels(selector, metadata.labels))
}

/** The reference when there is one. */
export function paramRefOf(spec: JsonObject): JsonObject | undefined {
  const reference: Json | undefined = spec['paramRef']
  return isJsonObject(reference) ? reference : undefined
}
