/** Whether an applied configuration fits the schema well enough to be taken apart. */

import {
  badRequest,
  formatPath,
  isJsonObject,
  ownMember,
  resolveSchema,
  type Json,
  type JsonObject,
  type Schema,
} from '@berth/meta'
import { itemElement, printElement } from './path-element.ts'
import { shapeOf, type Known, type ShapeContext } from './shape.ts'

/** Faults told at most. */
const maxReported = 20

/**
 * @param what the object in words: `ns/name; v1, Kind=Pod`
 * @throws {StatusError} BadRequest with every fault
 */
export function checkConfig(
  config: JsonObject,
  { schema, context, what }: { schema: Schema; context: ShapeContext; what: string },
): void {
  const checker = new Checker(context)
  checker.walk(config, schema, true)
  const { faults } = checker
  if (faults.length === 0) return
  const [only = ''] = faults
  const list =
    faults.length === 1
      ? only
      : `errors:\n${faults
          .slice(0, maxReported)
          .map((fault) => `  ${fault}`)
          .join('\n')}`
  throw badRequest(`failed to create typed patch object (${what}): ${list}`)
}

class Checker {
  readonly faults: string[] = []
  readonly #context: ShapeContext
  readonly #path: string[] = []

  constructor(context: ShapeContext) {
    this.#context = context
  }

  walk(value: Json, known: Known, isObject: boolean): void {
    if (value === null) return
    const fault = typeFault(value, known, this.#context)
    if (fault !== undefined) {
      this.#fault(fault)
      return
    }
    const shape = shapeOf(value, known, this.#context, isObject)
    if (shape.kind === 'list' && Array.isArray(value)) this.#list(value, shape.schema)
    else if (shape.kind === 'map' && isJsonObject(value)) {
      for (const [key, content] of Object.entries(value)) {
        const member = shape.member(key)
        this.#path.push(`.${key}`)
        if (member.unknown) this.#fault('field not declared in schema')
        else this.walk(content, member.schema, false)
        this.#path.pop()
      }
    } else this.#parts(value, known, isObject)
  }

  /** Atomic values are owned as a whole, but what they hold must fit all the same. */
  #parts(value: Json, known: Known, isObject: boolean): void {
    if (known === undefined || known === 'whole') return
    const schema = resolveSchema(known, this.#context.schemas)
    if (Array.isArray(value)) {
      value.forEach((item, index) => {
        this.#path.push(formatPath([index]))
        this.walk(item, schema.items, false)
        this.#path.pop()
      })
    } else if (isJsonObject(value) && (known.mapType ?? schema.mapType) === 'atomic') {
      const granular: Schema = { ...schema, mapType: 'granular' }
      this.walk(value, granular, isObject)
    }
  }

  #list(list: readonly Json[], schema: Schema): void {
    const seen = new Set<string>()
    const repeated = new Set<string>()
    list.forEach((item, index) => {
      const called = itemElement(item, schema, this.#context.schemas)
      if ('problem' in called) {
        this.#fault(`element ${index}: ${called.problem}`)
        return
      }
      if (seen.has(called.element)) repeated.add(called.element)
      seen.add(called.element)
      this.#path.push(printElement(called.element))
      this.walk(item, schema.items, false)
      this.#path.pop()
    })
    for (const element of repeated) this.#fault(`duplicate entries for key ${printElement(element)}`)
  }

  #fault(text: string): void {
    this.faults.push(`${this.#path.join('')}: ${text}`)
  }
}

function typeFault(value: Json, known: Known, { schemas }: ShapeContext): string | undefined {
  if (known === undefined || known === 'whole' || value === null) return undefined
  const schema = resolveSchema(known, schemas)
  if (schema.intOrString === true || schema.format === 'quantity') {
    return typeof value === 'object' ? `expected scalar, got ${nameOf(value)}` : undefined
  }
  const { type } = schema
  if (type === undefined || fits[type](value)) return undefined
  return `expected ${expected[type]}, got ${nameOf(value)}`
}

type Type = NonNullable<Schema['type']>

const fits: Record<Type, (value: Json) => boolean> = {
  object: isJsonObject,
  array: Array.isArray,
  string: (value) => typeof value === 'string',
  integer: (value) => typeof value === 'number',
  number: (value) => typeof value === 'number',
  boolean: (value) => typeof value === 'boolean',
}

const expected: Record<Type, string> = {
  object: 'map',
  array: 'list',
  string: 'string',
  integer: 'numeric (int or float)',
  number: 'numeric (int or float)',
  boolean: 'boolean',
}

function nameOf(value: Json): string {
  if (Array.isArray(value)) return 'list'
  return isJsonObject(value) ? 'map' : typeof value
}

/** `ns/name; v1, Kind=Pod` of what a configuration calls itself. */
export function nameOfConfig(config: JsonObject): string {
  const metadata = ownMember(config, 'metadata')
  const text = (value: Json | undefined): string => (typeof value === 'string' ? value : '')
  const { name, namespace } = isJsonObject(metadata) ? metadata : {}
  const apiVersion = text(ownMember(config, 'apiVersion'))
  const qualified = apiVersion.includes('/') ? apiVersion : `/${apiVersion}`
  return `${text(namespace)}/${text(name)}; ${qualified}, Kind=${text(ownMember(config, 'kind'))}`
}
