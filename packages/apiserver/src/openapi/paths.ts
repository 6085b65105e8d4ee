/**
 * OpenAPI paths of the registered resources: enough for clients to learn which kind a path serves, which verbs it takes and
 * whether a write understands `dryRun` and `fieldValidation` (kubectl looks at all of these).
 */

import { apiVersionOf, type JsonObject } from '@berth/meta'
import { subresourcesOf } from '../discovery/legacy.ts'
import type { ResourceDefinition } from '../resource/definition.ts'
import { verbsOf } from '../resource/traits.ts'
import { listNameOf } from './definitions.ts'
import { refTo, type OpenApiVersion } from './schema-json.ts'
import { deleteOptionsName, patchName, statusName } from './well-known.ts'

type Method = 'get' | 'put' | 'post' | 'delete' | 'patch'

/** What an operation does, in the words of `x-kubernetes-action`. */
interface OperationShape {
  verb: string
  method: Method
  action: string
  /** On the collection's path or the object's. */
  on: 'collection' | 'object'
}

const operations: readonly OperationShape[] = [
  { verb: 'list', method: 'get', action: 'list', on: 'collection' },
  { verb: 'create', method: 'post', action: 'post', on: 'collection' },
  { verb: 'deletecollection', method: 'delete', action: 'deletecollection', on: 'collection' },
  { verb: 'get', method: 'get', action: 'get', on: 'object' },
  { verb: 'update', method: 'put', action: 'put', on: 'object' },
  { verb: 'patch', method: 'patch', action: 'patch', on: 'object' },
  { verb: 'delete', method: 'delete', action: 'delete', on: 'object' },
]

/** Query parameters by action. */
const writeQuery = ['dryRun', 'fieldManager', 'fieldValidation']
const listQuery = [
  'allowWatchBookmarks',
  'continue',
  'fieldSelector',
  'labelSelector',
  'limit',
  'resourceVersion',
  'watch',
]
const deleteQuery = ['dryRun', 'gracePeriodSeconds', 'propagationPolicy']
const queryOf: Readonly<Record<string, readonly string[]>> = {
  list: listQuery,
  deletecollection: [...listQuery, ...deleteQuery],
  delete: deleteQuery,
  post: writeQuery,
  put: writeQuery,
  patch: [...writeQuery, 'force'],
}

const queryTypes: Readonly<Record<string, 'boolean' | 'integer'>> = {
  allowWatchBookmarks: 'boolean',
  watch: 'boolean',
  force: 'boolean',
  limit: 'integer',
  gracePeriodSeconds: 'integer',
}

/** kubectl asks these which patch to send. */
const patchTypes = ['application/json-patch+json', 'application/merge-patch+json']
const strategicPatchType = 'application/strategic-merge-patch+json'
const applyPatchType = 'application/apply-patch+yaml'

/** All paths of one group and version. */
export function pathsJson(
  definitions: readonly ResourceDefinition[],
  target: { group: string; version: string; openApi: OpenApiVersion },
): JsonObject {
  const root = `${target.group === '' ? '/api' : '/apis'}/${apiVersionOf(target)}`
  const paths: JsonObject = {}
  for (const definition of definitions) {
    const scoped = definition.namespaced
      ? `${root}/namespaces/{namespace}/${definition.resource}`
      : `${root}/${definition.resource}`
    const verbs = verbsOf(definition)
    const writer = new PathWriter(definition, target)
    addPath(paths, scoped, writer.item({ on: 'collection', verbs, namespaced: definition.namespaced }))
    if (definition.namespaced) {
      const listOnly = verbs.filter((verb) => verb === 'list')
      addPath(
        paths,
        `${root}/${definition.resource}`,
        writer.item({ on: 'collection', verbs: listOnly, namespaced: false }),
      )
    }
    addPath(paths, `${scoped}/{name}`, writer.item({ on: 'object', verbs, namespaced: definition.namespaced }))
    for (const subresource of subresourcesOf(definition, target.version)) {
      addPath(
        paths,
        `${scoped}/{name}/${subresource.name}`,
        writer.subresource(subresource.name, subresource.verbs, subresource.kind),
      )
    }
  }
  return paths
}

function addPath(paths: JsonObject, path: string, item: JsonObject | undefined): void {
  if (item !== undefined) paths[path] = item
}

class PathWriter {
  readonly #definition: ResourceDefinition
  readonly #target: { group: string; version: string; openApi: OpenApiVersion }

  constructor(definition: ResourceDefinition, target: { group: string; version: string; openApi: OpenApiVersion }) {
    this.#definition = definition
    this.#target = target
  }

  item(options: { on: OperationShape['on']; verbs: readonly string[]; namespaced: boolean }): JsonObject | undefined {
    const { group, version } = this.#target
    const kind = { group, version, kind: this.#definition.kind }
    const scope = this.#definition.namespaced ? (options.namespaced ? 'Namespaced' : 'AllNamespaces') : 'Cluster'
    const item: JsonObject = {}
    for (const shape of operations) {
      if (shape.on !== options.on || !options.verbs.includes(shape.verb)) continue
      item[shape.method] = this.#operation({
        shape,
        kind,
        id: `${shape.action}${scope}`,
        schema: this.#definition.schemaName,
      })
    }
    if (Object.keys(item).length === 0) return undefined
    return { ...item, parameters: this.#pathParameters(options.namespaced, options.on === 'object') }
  }

  subresource(
    name: string,
    verbs: string[],
    kind: { group: string; version: string; kind: string },
  ): JsonObject | undefined {
    const item: JsonObject = {}
    for (const shape of operations) {
      const on = shape.verb === 'create' ? 'collection' : 'object'
      if (shape.on !== on || !verbs.includes(shape.verb)) continue
      const schema = name === 'status' || name === 'finalize' ? this.#definition.schemaName : undefined
      item[shape.method] = this.#operation({ shape, kind, id: `${shape.action}_${name}`, schema })
    }
    if (Object.keys(item).length === 0) return undefined
    return { ...item, parameters: this.#pathParameters(this.#definition.namespaced, true) }
  }

  #operation(options: {
    shape: OperationShape
    kind: { group: string; version: string; kind: string }
    id: string
    /** Definition of the body and the answer; free form without one. */
    schema: string | undefined
  }): JsonObject {
    const { shape, kind, id, schema } = options
    const { openApi, group, version } = this.#target
    const answer =
      shape.action === 'list' ? listNameOf(this.#definition) : shape.method === 'delete' ? statusName : schema
    const ok = this.#content(answer)
    const body = this.#body(shape, schema)
    const query = (queryOf[shape.action] ?? []).map((name) => parameter(name, 'query', openApi))
    return {
      description: `${shape.action} ${this.#definition.kind}`,
      operationId: `${id}_${group}_${version}_${this.#definition.resource}`.replace(/[^A-Za-z0-9_]/g, '_'),
      ...(openApi === 'v2'
        ? { consumes: this.#consumes(shape), produces: ['application/json', 'application/yaml'] }
        : {}),
      parameters: openApi === 'v2' && body !== undefined ? [body, ...query] : query,
      ...(openApi === 'v3' && body !== undefined ? { requestBody: body } : {}),
      responses: { 200: { description: 'OK', ...ok }, 401: { description: 'Unauthorized' } },
      'x-kubernetes-action': shape.action,
      'x-kubernetes-group-version-kind': { ...kind },
    }
  }

  #content(schema: string | undefined): JsonObject {
    if (schema === undefined) return {}
    const ref = { $ref: refTo(schema, this.#target.openApi) }
    return this.#target.openApi === 'v2' ? { schema: ref } : { content: { 'application/json': { schema: ref } } }
  }

  #body(shape: OperationShape, schema: string | undefined): JsonObject | undefined {
    const name = { post: schema, put: schema, patch: patchName, delete: deleteOptionsName, get: undefined }[
      shape.method
    ]
    if (name === undefined) return undefined
    const ref = { $ref: refTo(name, this.#target.openApi) }
    const required = shape.method !== 'delete'
    if (this.#target.openApi === 'v2')
      return { name: 'body', in: 'body', ...(required ? { required } : {}), schema: ref }
    return {
      content: Object.fromEntries(this.#consumes(shape).map((type) => [type, { schema: ref }])),
      ...(required ? { required } : {}),
    }
  }

  #consumes(shape: OperationShape): string[] {
    if (shape.method !== 'patch') return ['application/json', 'application/yaml']
    const strategic = this.#definition.strategicMerge === true ? [strategicPatchType] : []
    return [...patchTypes, ...strategic, applyPatchType]
  }

  #pathParameters(namespaced: boolean, named: boolean): JsonObject[] {
    const names = [...(named ? ['name'] : []), ...(namespaced ? ['namespace'] : [])]
    return names.map((name) => parameter(name, 'path', this.#target.openApi))
  }
}

function parameter(name: string, place: 'query' | 'path', openApi: OpenApiVersion): JsonObject {
  const type = queryTypes[name] ?? 'string'
  const shape: JsonObject = openApi === 'v2' ? { type, uniqueItems: true } : { schema: { type, uniqueItems: true } }
  return place === 'path' ? { name, in: place, required: true, ...shape } : { name, in: place, ...shape }
}
