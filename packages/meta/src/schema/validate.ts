/** Checking a value against a schema, with the causes and words of kube-apiserver's validation of custom resources. */

import { invalidType, invalidValue, requiredValue, tooLong, tooMany, unsupportedValue } from '../causes.ts'
import { deepEqual } from '../equal.ts'
import { messageOf } from '@berth/base'
import { formatPath, isJsonObject, ownMember, type PathStep } from '../json.ts'
import type { Json, JsonObject } from '../object.ts'
import { parseQuantity } from '../quantity.ts'
import type { Schema, SchemaSet } from '../schema.ts'
import { StatusError, type StatusCause } from '../status.ts'
import { hasFormat, patternOf } from './formats.ts'
import { compositionCauses } from './composition.ts'
import { correlatedItems, duplicateCauses, stable } from './list-type.ts'
import { checkDepth, isSettled, memberSchema, resolveSchema, type WalkOptions } from './resolve.ts'

/** A hostile object can break its schema at every leaf; nobody reads more causes than this. */
const maxCauses = 200

/** Checks one object may take: an object and a schema that are both as large as they may be multiply. */
const maxWork = 3_000_000
/** Steps of a pattern that count as one check. */
const patternSteps = 2

const integerRanges: Record<string, readonly [number, number]> = {
  int32: [-(2 ** 31), 2 ** 31 - 1],
  int64: [-(2 ** 63), 2 ** 63],
}

/** How {@link validate} treats what is beside the value itself. */
export interface ValidateOptions extends WalkOptions {
  /**
   * The stored value this one replaces. Parts that are invalid but equal to what is stored pass (Kubernetes' ratcheting), so that
   * a schema that became stricter does not block changes elsewhere in the object.
   */
  previous?: Json | undefined
  /**
   * False leaves out what kube-apiserver asks of custom objects in steps of their own: the uniqueness of sets and maps
   * (`duplicatesIn`), and the kind of embedded resources. True unless given.
   */
  lists?: boolean
  /** False when `object` is a part of an object (its status) rather than a whole with apiVersion, kind and metadata. */
  whole?: boolean
}

/**
 * Causes for everything in `object` that its schema does not allow; at most 200. Unknown fields are not reported: `prune` drops
 * them before. Of metadata only the JSON types are checked, its rules are those of `validateObjectMeta`.
 * @throws {StatusError} BadRequest past the depth limit, RequestEntityTooLarge when checking takes too long
 * @throws {MetaError} InvalidSchema for a broken reference or pattern
 */
export function validate(object: Json, schema: Schema, set: SchemaSet, options: ValidateOptions = {}): StatusCause[] {
  const validator = new Validator(set, options.lists !== false)
  validator.value(object, schema, {
    isObject: options.whole !== false,
    old: options.previous,
    settled: options.settled,
  })
  return validator.causes
}

/** What is known of a value besides its schema. */
interface Context extends WalkOptions {
  isObject: boolean
  /** The stored value at the same place; undefined when there is none or it cannot be told which it is. */
  old: Json | undefined
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
  /** Values looked at; tells which alternative of an anyOf came closest, as kube-openapi counts it. */
  matches = 0
  readonly #set: SchemaSet
  readonly #lists: boolean
  readonly #path: PathStep[]
  /** Shared with the validators of alternatives. */
  readonly #work: { done: number }

  constructor(set: SchemaSet, lists: boolean, path: PathStep[] = [], work = { done: 0 }) {
    this.#set = set
    this.#lists = lists
    this.#path = path
    this.#work = work
  }

  #spend(checks: number): void {
    this.#work.done += checks
    if (this.#work.done <= maxWork) return
    throw new StatusError(
      'RequestEntityTooLarge',
      'Request entity too large: checking the object against its schema takes too many steps; make it smaller',
    )
  }

  value(value: Json, schema: Schema, context: Context): void {
    const before = this.causes.length
    this.#spend(1)
    this.#check(value, schema, context)
    this.matches += 1
    if (this.causes.length === before || context.old === undefined) return
    if (deepEqual(context.old, value)) this.causes.length = before
  }

  #check(value: Json, schema: Schema, { isObject, old, settled }: Context): void {
    const resolved = resolveSchema(schema, this.#set)
    if (value === null && (schema.nullable === true || resolved.nullable === true)) return
    if (resolved.format === 'quantity') {
      this.#quantity(value)
      return
    }
    const type = resolved.intOrString === true ? undefined : resolved.type
    const mixed = resolved.intOrString === true && !Number.isInteger(value) && typeof value !== 'string'
    if (mixed || !hasType(value, type)) {
      const format = type === 'string' && !mixed ? resolved.format : undefined
      this.#wrongType(value, mixed ? 'integer,string' : (type ?? ''), this.#lists ? undefined : format)
      this.#composition(value, resolved, { isObject, old })
      if (resolved.enum !== undefined) this.#enum(value, resolved.enum)
      return
    }
    this.#composition(value, resolved, { isObject, old })
    if (typeof value === 'string') this.#string(value, resolved)
    else if (typeof value === 'number') this.#number(value, resolved)
    else if (Array.isArray(value)) this.#list(value, resolved, old)
    else if (isJsonObject(value)) {
      this.#members(value, resolved, { isObject: isObject || resolved.embeddedResource === true, old, settled })
    }
    if (resolved.enum !== undefined) this.#enum(value, resolved.enum)
  }

  #composition(value: Json, schema: Schema, context: Context): void {
    const { allOf, anyOf, oneOf, not } = schema
    if (allOf === undefined && anyOf === undefined && oneOf === undefined && not === undefined) return
    // A form of its own for each alternative: most of them may fail without the value being wrong.
    const alternative = (each: Schema): Validator => {
      const validator = new Validator(this.#set, false, this.#path, this.#work)
      validator.value(value, each, { isObject: false, old: context.old })
      return validator
    }
    for (const cause of compositionCauses(schema, this.#field(), alternative)) this.#add(cause)
  }

  #field(): string {
    return formatPath(this.#path)
  }

  #add(cause: StatusCause): void {
    if (this.causes.length < maxCauses) this.causes.push(cause)
  }

  #wrongType(value: Json, expected: string, format?: string): void {
    const field = this.#field()
    // Where a text of some format is wanted, kube-openapi speaks of formats on both sides; only numbers have one.
    if (format !== undefined && value !== null && !Array.isArray(value)) {
      const own = typeof value !== 'number' ? '' : Number.isInteger(value) ? 'int64' : 'double'
      this.#add(invalidType(field, own, `${field} in body must be of type ${format}: "${own}"`))
      return
    }
    const actual = typeName(value)
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
    if (pattern !== undefined) {
      const matches = patternOf(pattern).test(value, (steps) => this.#spend(steps / patternSteps))
      if (!matches) this.#invalid(value, `should match '${pattern}'`)
    }
    if (format !== undefined && !hasFormat(format, value)) {
      const field = this.#field()
      this.#add(invalidType(field, value, `${field} in body must be of type ${format}: ${JSON.stringify(value)}`))
    }
  }

  #number(value: number, schema: Schema): void {
    const range = schema.format === undefined ? undefined : integerRanges[schema.format]
    const minimum = Math.max(schema.minimum ?? -Infinity, range?.[0] ?? -Infinity)
    const maximum = Math.min(schema.maximum ?? Infinity, range?.[1] ?? Infinity)
    if (schema.multipleOf !== undefined && !isMultiple(value, schema.multipleOf)) {
      this.#invalid(value, `should be a multiple of ${schema.multipleOf}`)
    }
    if (schema.exclusiveMaximum === true ? value >= maximum : value > maximum) {
      this.#invalid(value, `should be less than ${schema.exclusiveMaximum === true ? '' : 'or equal to '}${maximum}`)
    }
    if (schema.exclusiveMinimum === true ? value <= minimum : value < minimum) {
      this.#invalid(value, `should be greater than ${schema.exclusiveMinimum === true ? '' : 'or equal to '}${minimum}`)
    }
  }

  #list(list: Json[], schema: Schema, old: Json | undefined): void {
    const { minItems, maxItems, items } = schema
    if (maxItems !== undefined && list.length > maxItems) {
      this.#add(tooMany(this.#field(), list.length, maxItems))
      // Looking at each of far too many items would only make a large answer.
      return
    }
    if (minItems !== undefined && list.length < minItems) {
      this.#invalid(list.length, `should have at least ${minItems} items`)
    }
    if (schema.uniqueItems === true && hasDuplicates(list)) this.#invalid(list, "shouldn't contain duplicates")
    checkDepth(this.#path)
    if (items !== undefined) {
      const item = resolveSchema(items, this.#set)
      const oldItems = correlatedItems({ list, old, schema, item })
      for (let index = 0; index < list.length; index += 1) {
        this.#child(index, list[index] ?? null, { schema: items, old: oldItems?.[index] })
      }
      if (!this.#lists) return
      for (const cause of duplicateCauses(list, schema, item, () => this.#field())) this.#add(cause)
    }
  }

  #members(object: JsonObject, schema: Schema, { isObject, old, settled }: Context): void {
    checkDepth(this.#path)
    if (!this.#countFits(object, schema)) return
    if (schema.required !== undefined) this.#spend(schema.required.length / 10)
    for (const key of schema.required ?? []) {
      if (!Object.hasOwn(object, key)) this.#missing(key)
    }
    if (schema.embeddedResource === true && this.#lists) {
      for (const key of ['apiVersion', 'kind']) {
        if ((ownMember(object, key) ?? '') === '' && schema.required?.includes(key) !== true) {
          this.#missing(key, 'must not be empty')
        }
      }
    }
    const before = isJsonObject(old) ? old : undefined
    for (const key of Object.keys(object)) {
      if (isSettled(settled, object, key)) continue
      const member = memberSchema(schema, key, isObject)
      if (member === undefined) continue
      this.#child(key, object[key] ?? null, { schema: member, old: before && ownMember(before, key) })
    }
  }

  #countFits(object: JsonObject, { minProperties, maxProperties }: Schema): boolean {
    if (minProperties === undefined && maxProperties === undefined) return true
    const count = Object.keys(object).length
    if (minProperties !== undefined && count < minProperties) {
      this.#invalid(count, `should have at least ${minProperties} properties`)
      return false
    }
    if (maxProperties === undefined || count <= maxProperties) return true
    this.#add(tooMany(this.#field(), count, maxProperties))
    return false
  }

  #missing(key: string, detail = ''): void {
    this.#add(requiredValue(formatPath([...this.#path, key]), detail))
  }

  #enum(value: Json, allowed: readonly Json[]): void {
    this.#spend(allowed.length / 10)
    if (!allowed.some((each) => deepEqual(each, value))) {
      // The refusal repeats the whole list.
      this.#spend(allowed.length)
      this.#add(unsupportedValue(this.#field(), value, allowed))
    }
  }

  #child(step: PathStep, value: Json, { schema, old }: { schema: Schema; old: Json | undefined }): void {
    if (this.causes.length >= maxCauses) return
    this.#path.push(step)
    this.value(value, schema, { isObject: false, old })
    this.#path.pop()
  }
}

/** As go-openapi decides it: the quotient is a whole number, within what doubles can tell. */
function isMultiple(value: number, factor: number): boolean {
  const quotient = value / factor
  return Number.isInteger(quotient) || Math.abs(quotient - Math.round(quotient)) < 1e-9
}

function hasDuplicates(list: readonly Json[]): boolean {
  return new Set(list.map((each) => stable(each))).size < list.length
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
