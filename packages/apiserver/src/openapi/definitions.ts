/** The named definitions of a set of resources: their schemas, their lists, and all that those refer to. */

import { isJsonObject, type JsonObject, type Schema, type SchemaSet } from '@berth/meta'
import type { ResourceDefinition } from '../resource/definition.ts'
import { refsIn, refTo, schemaJson, type OpenApiVersion } from './schema-json.ts'
import {
  deleteOptionsName,
  listMetaName,
  objectMetaName,
  patchName,
  statusName,
  wellKnownDefinitions,
} from './well-known.ts'

export interface DefinitionsOptions {
  definitions: readonly ResourceDefinition[]
  schemas: SchemaSet
  version: OpenApiVersion
}

/** Name of the list definition of a resource. */
export function listNameOf(definition: ResourceDefinition): string {
  return `${definition.schemaName}List`
}

export function gvksOf(definition: ResourceDefinition): JsonObject[] {
  return versionsOf(definition).map((version) => ({ group: definition.group, version, kind: definition.kind }))
}

/** Served versions the definition's type stands for: all that have no type of their own. */
function versionsOf(definition: ResourceDefinition): string[] {
  const { schemaName, versions } = definition
  const same = versions.filter(
    (version) => version.served !== false && (version.schemaName ?? schemaName) === schemaName,
  )
  return same.map((version) => version.name)
}

/** Every definition reachable from the resources, sorted by name so that equal registries give equal documents. */
export function definitionsJson(options: DefinitionsOptions): JsonObject {
  const { definitions, schemas, version } = options
  const named = new Map<string, JsonObject>()
  const pending = [objectMetaName, listMetaName, deleteOptionsName, statusName, patchName]

  for (const definition of definitions) {
    if (definition.schemaName === '') continue
    const schema = topLevel(definition.schema, schemas)
    const own = definition.document?.(version)
    named.set(definition.schemaName, {
      ...(own === undefined ? schemaJson(schema, version) : withCommon(own, version)),
      'x-kubernetes-group-version-kind': gvksOf(definition),
    })
    named.set(listNameOf(definition), listJson(definition, version))
    if (own === undefined) pending.push(...refsIn(schema))
  }

  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (named.has(name)) continue
    const wellKnown = wellKnownDefinitions[name]
    const schema = schemas[name]
    if (wellKnown) named.set(name, wellKnown[version])
    else if (schema) {
      named.set(name, schemaJson(withDescriptions(schema, schemas), version))
      pending.push(...refsIn(schema))
    } else {
      // A document with a dangling reference is unreadable as a whole for kubectl; an open object is only vague.
      named.set(name, { type: 'object', 'x-kubernetes-preserve-unknown-fields': true })
    }
  }
  return Object.fromEntries([...named].sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** A published schema with what every object has. */
function withCommon(json: JsonObject, version: OpenApiVersion): JsonObject {
  const { properties } = topLevel({}, {})
  const common = Object.entries(properties ?? {}).map(([name, each]) => [name, schemaJson(each, version)] as const)
  const own = isJsonObject(json['properties']) ? json['properties'] : {}
  return { ...json, type: 'object', properties: { ...own, ...Object.fromEntries(common) } }
}

/** What every kind has, whether or not its schema repeats it. */
function topLevel(schema: Schema, schemas: SchemaSet): Schema {
  const own = withDescriptions(schema.ref === undefined ? schema : (schemas[schema.ref] ?? {}), schemas)
  return {
    ...own,
    type: 'object',
    properties: {
      apiVersion: { type: 'string', description: 'Group and version of the schema the object is written in.' },
      kind: { type: 'string', description: 'Type of the object. Cannot be changed.' },
      ...own.properties,
      metadata: { ref: objectMetaName, description: 'Standard metadata of the object.' },
    },
  }
}

/** Members that say nothing of themselves take what their type says; kubectl shows nothing else. */
function withDescriptions(schema: Schema, schemas: SchemaSet): Schema {
  if (schema.properties === undefined) return schema
  const members = Object.entries(schema.properties).map(([name, member]) => {
    const description = member.ref === undefined ? undefined : schemas[member.ref]?.description
    const silent = member.description === undefined && description !== undefined
    return [name, silent ? { ...member, description } : member] as const
  })
  return { ...schema, properties: Object.fromEntries(members) }
}

function listJson(definition: ResourceDefinition, version: OpenApiVersion): JsonObject {
  const { schemaName, kind, listKind = `${kind}List`, group } = definition
  return {
    description: `A list of ${kind} objects.`,
    type: 'object',
    required: ['items'],
    properties: {
      apiVersion: { type: 'string', description: 'Group and version of the schema the list is written in.' },
      items: { type: 'array', description: 'The objects.', items: { $ref: refTo(schemaName, version) } },
      kind: { type: 'string', description: 'Type of the list.' },
      metadata: schemaJson({ ref: listMetaName, description: 'Standard metadata of the list.' }, version),
    },
    'x-kubernetes-group-version-kind': versionsOf(definition).map((name) => ({
      group,
      version: name,
      kind: listKind,
    })),
  }
}
