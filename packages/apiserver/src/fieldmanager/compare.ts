/** Which fields a write added, changed and removed. Parts both sides share by reference cost nothing. */

import {
  canonicalQuantity,
  deepEqual,
  isJsonObject,
  ownMember,
  resolveSchema,
  type Json,
  type JsonObject,
  type Schema,
} from '@berth/meta'
import { FieldSetBuilder, isEmptySet, type FieldSet } from './field-set.ts'
import { isVoid, itemsOf } from './list-items.ts'
import { shapeOf, type Known, type Shape, type ShapeContext } from './shape.ts'

export interface Comparison {
  added: FieldSet
  modified: FieldSet
  removed: FieldSet
}

export function isUnchanged({ added, modified, removed }: Comparison): boolean {
  return isEmptySet(added) && isEmptySet(modified) && isEmptySet(removed)
}

/** Whole objects of one kind, before and after. */
export function compare(before: JsonObject, after: JsonObject, schema: Schema, context: ShapeContext): Comparison {
  const walker = new Walker(context)
  walker.walk(before, after, schema, true)
  return walker.comparison()
}

class Walker {
  readonly #context: ShapeContext
  readonly #path: string[] = []
  readonly #added = new FieldSetBuilder()
  readonly #modified = new FieldSetBuilder()
  readonly #removed = new FieldSetBuilder()

  constructor(context: ShapeContext) {
    this.#context = context
  }

  comparison(): Comparison {
    return { added: this.#added.set, modified: this.#modified.set, removed: this.#removed.set }
  }

  walk(before: Json | undefined, after: Json | undefined, schema: Known, isObject: boolean): void {
    if (before === after) return
    const shape = shapeOf((isVoid(after) ? before : after) ?? null, schema, this.#context, isObject)
    // Between nothing and nothing of different kinds (null, {}) there is a difference, but no parts.
    if (isVoid(before) && isVoid(after)) this.#leaf(before, after, schema)
    else if (differInKind(before, after)) {
      this.#parts(before, undefined, shapeOf(before ?? null, schema, this.#context, isObject))
      this.#parts(undefined, after, shapeOf(after ?? null, schema, this.#context, isObject))
      this.#leaf(before, after, schema)
    } else if (shape.kind === 'leaf') this.#leaf(before, after, schema)
    else {
      this.#parts(before, after, shape)
      this.#here(before, after)
    }
  }

  /** What is below a list or an object; at most one side is missing. */
  #parts(before: Json | undefined, after: Json | undefined, shape: Shape): void {
    if (shape.kind === 'leaf') return
    if (shape.kind === 'list') {
      this.#list(Array.isArray(before) ? before : [], Array.isArray(after) ? after : [], shape.schema)
      return
    }
    const left = isJsonObject(before) ? before : {}
    const right = isJsonObject(after) ? after : {}
    for (const key of Object.keys(right)) {
      const was = ownMember(left, key)
      if (was === right[key]) continue
      const { element, schema } = shape.member(key)
      this.#step(element, was, right[key], schema)
    }
    for (const key of Object.keys(left)) {
      if (ownMember(right, key) === undefined) {
        const { element, schema } = shape.member(key)
        this.#step(element, left[key], undefined, schema)
      }
    }
  }

  #step(element: string, before: Json | undefined, after: Json | undefined, schema: Known): void {
    if (before === after) return
    this.#path.push(element)
    this.walk(before, after, schema, false)
    this.#path.pop()
  }

  #leaf(before: Json | undefined, after: Json | undefined, schema: Known): void {
    if (before === undefined || after === undefined) this.#here(before, after)
    else if (!deepEqual(before, after) && !sameQuantity(before, after, schema, this.#context)) {
      this.#modified.add(this.#path)
    }
  }

  #here(before: Json | undefined, after: Json | undefined): void {
    if (before === undefined) this.#added.add(this.#path)
    else if (after === undefined) this.#removed.add(this.#path)
  }

  #list(before: readonly Json[], after: readonly Json[], schema: Schema): void {
    const left = itemsOf(before, schema, this.#context)
    const right = itemsOf(after, schema, this.#context)
    for (const [element, items] of right) {
      const others = left.get(element) ?? []
      if (items.length <= 1 && others.length <= 1) {
        this.#step(element, others[0], items[0], schema.items)
      } else if (!deepEqual(items, others)) {
        // One name for several items: they are owned together.
        this.#path.push(element)
        if (others.length === 0) this.#added.add(this.#path)
        else this.#modified.add(this.#path)
        this.#path.pop()
      }
    }
    for (const [element, others] of left) {
      if (right.has(element)) continue
      if (others.length === 1) this.#step(element, others[0], undefined, schema.items)
      else {
        this.#path.push(element)
        this.#removed.add(this.#path)
        this.#path.pop()
      }
    }
  }
}

/** 1024Mi and 1Gi are written differently and stored alike. */
function sameQuantity(before: Json, after: Json, known: Known, { schemas }: ShapeContext): boolean {
  if (known === undefined || known === 'whole' || !isAmount(before) || !isAmount(after)) return false
  if (resolveSchema(known, schemas).format !== 'quantity') return false
  try {
    return canonicalQuantity(before) === canonicalQuantity(after)
  } catch {
    // One of them is no quantity, which is for validation to say.
    return false
  }
}

function isAmount(value: Json): value is string | number {
  return typeof value === 'string' || typeof value === 'number'
}

/** A list here and an object there, or a scalar; missing and null are of every kind. */
function differInKind(before: Json | undefined, after: Json | undefined): boolean {
  if (before === undefined || before === null || after === undefined || after === null) return false
  return kindOf(before) !== kindOf(after)
}

function kindOf(value: Json): string {
  if (Array.isArray(value)) return 'list'
  return isJsonObject(value) ? 'map' : 'scalar'
}
