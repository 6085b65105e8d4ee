/** Checking a value against a schema, with the causes and words of kube-apiserver's validation of custom resources. */

import { invalidType, invalidValue, requiredValue, tooLong, tooMany, unsupportedValue } from '../causes.ts'
import { deepEqual } from '../equal.ts'
import { messageOf } from '@berth/base'
import { formatPath, isJsonObject, ownMember, type PathStep } from '../json.ts'
import type { Json, JsonObject } from '../object.ts'
import { parseQuantity } from '../quantity.ts'
import type { Schema, SchemaSet } from '../schema.ts'
import type { StatusCause } from '../status.ts'
import { hasFormat, patternOf } from './formats.ts'
import { duplicateCauses } from './list-type.ts'
import { checkDepth, memberSchema, resolveSchema } from './resolve.ts'

/** A hostile object can break its schema at every leaf; nobody reads more causes than this. */
const maxCauses = 200

const integerRanges: Record<string, readonly [number, number]> = {
  int32: [-(2 ** 31), 2 ** 31 - 1],
  int64: [-(2 ** 63), 2 ** 63],
}

/**
 * Causes for everything in `object` that its schema does not allow; at most 200. Unknown fields are not reported: `prune` drops
 * them before. Of metadata only the JSON types are checked, its rules are those of `validateObjectMeta`.
 * @throws {StatusError} BadRequest past the depth limit
 * @throws {MetaError} InvalidSchema for a broken reference or pattern
 */
export function validate(object: Json, schema: Schema, set: SchemaSet): StatusCause[] {
  const validator = new Validator(set)
  validator.value(object, schema, true)
  return validator.causes
}

/** The JSON type as messages name it. */
function typeName(value: Json): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number'
  return typeof value
}

function hasType(value: Json, type: Schema['type']): boolean {
  if (type === undefined) return true
  if (type === 'integer') return Number.isInteger(value)
  if (type === 'array') return Array.isArray(value)
  return type === 'object' ? isJsonObject(value) : typeof value === type
}

class Validator {
  readonly causes: StatusCause[] = []
  readonly #set: SchemaSet
  readonly #path: PathStep[] = []

  constructor(set: SchemaSet) {
    this.#set = set
  }

  value(value: Json, schema: Schema, isObject: boolean): void {
    const resolved = resolveSchema(schema, this.#set)
    if (value === null && (schema.nullable === true || resolved.nullable === true)) return
    if (resolved.format === 'quantity') {
      this.#quantity(value)
      return
    }
    const type = resolved.intOrString === true ? undefined : resolved.type
    if (resolved.intOrString === true && !Number.isInteger(value) && typeof value !== 'string') {
      this.#wrongType(value, 'integer,string')
      return
    }
    if (!hasType(value, type)) {
      this.#wrongType(value, type ?? '')
      return
    }
    if (typeof value === 'string') this.#string(value, resolved)
    else if (typeof value === 'number') this.#number(value, resolved)
    else if (Array.isArray(value)) this.#list(value, resolved)
    else if (isJsonObject(value)) this.#members(value, resolved, isObject || resolved.embeddedResource === true)
    if (resolved.enum !== undefined) this.#enum(value, resolved.enum)
  }

  #field(): string {
    return formatPath(this.#path)
  }

  #add(cause: StatusCause): void {
    if (this.causes.length < maxCauses) this.causes.push(cause)
  }

  #wrongType(value: Json, expected: string): void {
    const [field, actual] = [this.#field(), typeName(value)]
    this.#add(invalidType(field, actual, `${field} in body must be of type ${expected}: "${actual}"`))
  }

  #invalid(value: Json, why: string): void {
    const field = this.#field()
    this.#add(invalidValue(field, value, `${field} in body ${why}`))
  }

  #quantity(value: Json): void {
    if (typeof value !== 'string' && typeof value !== 'number') {
      this.#wrongType(value, 'string')
      return
    }
    try {
      parseQuantity(typeof value === 'string' ? value.trim() : value)
    } catch (error) {
      this.#add(invalidValue(this.#field(), value, messageOf(error)))
    }
  }

  #string(value: string, schema: Schema): void {
    const { minLength, maxLength, pattern, format } = schema
    if (maxLength !== undefined && value.length > maxLength && runes(value) > maxLength) {
      this.#add(tooLong(this.#field(), maxLength))
    }
    if (minLength !== undefined && runes(value) < minLength) {
      this.#invalid(value, `should be at least ${minLength} chars long`)
    }
    if (pattern !== undefined && !patternOf(pattern).test(value)) this.#invalid(value, `should match '${pattern}'`)
    if (format !== undefined && !hasFormat(format, value)) {
      const field = this.#field()
      this.#add(invalidType(field, value, `${field} in body must be of type ${format}: ${JSON.stringify(value)}`))
    }
  }

  #number(value: number, schema: Schema): void {
    const range = schema.format === undefined ? undefined : integerRanges[schema.format]
    const minimum = Math.max(schema.minimum ?? -Infinity, range?.[0] ?? -Infinity)
    const maximum = Math.min(schema.maximum ?? Infinity, range?.[1] ?? Infinity)
    if (value < minimum) this.#invalid(value, `should be greater than or equal to ${minimum}`)
    if (value > maximum) this.#invalid(value, `should be less than or equal to ${maximum}`)
  }

  #list(list: Json[], schema: Schema): void {
    const { minItems, maxItems, items } = schema
    if (maxItems !== undefined && list.length > maxItems) {
      this.#add(tooMany(this.#field(), list.length, maxItems))
      // Looking at each of far too many items would only make a large answer.
      return
    }
    if (minItems !== undefined && list.length < minItems) {
      this.#invalid(list, `should have at least ${minItems} items`)
    }
    checkDepth(this.#path)
    if (items !== undefined) {
      for (let index = 0; index < list.length; index += 1) this.#child(index, list[index] ?? null, items)
      const item = resolveSchema(items, this.#set)
      for (const cause of duplicateCauses(list, schema, item, () => this.#field())) this.#add(cause)
    }
  }

  #members(object: JsonObject, schema: Schema, isObject: boolean): void {
    checkDepth(this.#path)
    for (const key of schema.required ?? []) {
      if (!Object.hasOwn(object, key)) this.#missing(key)
    }
    if (schema.embeddedResource === true) {
      for (const key of ['apiVersion', 'kind']) {
        if ((ownMember(object, key) ?? '') === '' && schema.required?.includes(key) !== true) {
          this.#missing(key, 'must not be empty')
        }
      }
    }
    for (const key of Object.keys(object)) {
      const member = memberSchema(schema, key, isObject)
      if (member !== undefined) this.#child(key, object[key] ?? null, member)
    }
  }

  #missing(key: string, detail = ''): void {
    this.#add(requiredValue(formatPath([...this.#path, key]), detail))
  }

  #enum(value: Json, allowed: readonly Json[]): void {
    if (!allowed.some((each) => deepEqual(each, value))) {
      this.#add(unsupportedValue(this.#field(), value, allowed))
    }
  }

  #child(step: PathStep, value: Json, schema: Schema): void {
    if (this.causes.length >= maxCauses) return
    this.#path.push(step)
    this.value(value, schema, false)
    this.#path.pop()
  }
}

/** Length in Unicode code points, as Kubernetes counts. */
function runes(text: string): number {
  let count = text.length
  for (let index = 0; index < text.length - 1; index += 1) {
    if ((text.codePointAt(index) ?? 0) <= 0xffff) continue
    count -= 1
    index += 1
  }
  return count
}
