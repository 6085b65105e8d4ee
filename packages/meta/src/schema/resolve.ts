/** Finding the schema of a value's parts: references, the members every object has, maps. */

import { MetaError } from '../errors.ts'
import { badRequest } from '../status.ts'
import { formatPath, type PathStep } from '../json.ts'
import type { JsonObject } from '../object.ts'
import type { Schema, SchemaSet } from '../schema.ts'
import { objectMetaSchema } from './object-meta-schema.ts'

/** What callers of the walkers know beforehand. */
export interface WalkOptions {
  /**
   * An object that has been through the same walk: members of the whole that are the very same in both are passed over. Writes of
   * a status share everything else with the stored object, and that is most of it.
   */
  settled?: JsonObject | undefined
}

/** Whether a member of the whole is passed over. */
export function isSettled(settled: JsonObject | undefined, object: JsonObject, key: string): boolean {
  return settled !== undefined && Object.hasOwn(settled, key) && settled[key] === object[key]
}

/** Deeper objects are refused by every walker, so that recursion is bounded. */
const maxDepth = 512
/** A chain of references longer than this is a loop. */
const maxHops = 32

/**
 * The schema behind references.
 * @throws {MetaError} InvalidSchema when a reference leads nowhere or in a circle
 */
export function resolveSchema(schema: Schema, set: SchemaSet): Schema {
  let at = schema
  for (let hops = 0; at.ref !== undefined; hops += 1) {
    const next = Object.hasOwn(set, at.ref) ? set[at.ref] : undefined
    if (next === undefined || hops === maxHops) {
      const why = next === undefined ? 'is not defined' : 'refers to itself'
      throw new MetaError('InvalidSchema', `the schema "${at.ref}" ${why}`, {
        remedy: 'Pass the schema set that the schema was generated with.',
      })
    }
    at = next
  }
  return at
}

const stringSchema: Schema = { type: 'string' }

/**
 * The schema of a member of an object, or undefined for one the schema does not know.
 * @param schema resolved
 * @param isObject whether the value is a whole API object: then apiVersion, kind and metadata are always known
 */
export function memberSchema(schema: Schema, key: string, isObject: boolean): Schema | undefined {
  const { properties } = schema
  const declared = properties !== undefined && Object.hasOwn(properties, key) ? properties[key] : undefined
  if (isObject) {
    if (key === 'apiVersion' || key === 'kind') return declared ?? stringSchema
    // CustomResourceDefinitions say only `metadata: {type: object}`.
    if (key === 'metadata' && (declared === undefined || (declared.ref ?? declared.properties) === undefined)) {
      return objectMetaSchema
    }
  }
  return declared ?? schema.additionalProperties
}

/** Whether the value is a list of members the schema names, so that unknown ones can be told. */
export function describesMembers(schema: Schema): boolean {
  return schema.type === 'object' || schema.properties !== undefined || schema.additionalProperties !== undefined
}

export function isNullable(schema: Schema, set: SchemaSet): boolean {
  return schema.nullable === true || resolveSchema(schema, set).nullable === true
}

/** @throws {StatusError} BadRequest past the depth limit */
export function checkDepth(path: readonly PathStep[]): void {
  if (path.length > maxDepth) {
    throw badRequest(`the object nests deeper than ${maxDepth} levels, at ${formatPath(path.slice(0, 5))}…`)
  }
}
