/** Runs the rules of a schema over an object and what it holds, with one budget for all of them. */

import {
  deepEqual,
  invalidValue,
  isJsonObject,
  ownMember,
  type Json,
  type Schema,
  type SchemaSet,
  type StatusCause,
} from '@berth/meta'
import { CelBudget, CelBudgetExceeded, CelTime, perCallLimit } from '../budget.ts'
import type { CelProgram } from '../compile.ts'
import { CelEvaluationError } from '../errors.ts'
import { CelFailure, CelOptional, optionalNone, type CelValue } from '../values.ts'
import type { CompiledRule, RuleNode } from './compiled.ts'
import { resourceSchema } from './declare.ts'
import { relativeFieldPath } from './field-path.ts'
import { brokenRule, ruleMessage, ruleText, usableMessage } from './rule-causes.ts'
import { valueOfSchema } from './values.ts'

/** A value and what it was before, as far as the two can be told to be the same thing. */
interface Correlated {
  readonly value: Json
  readonly old: Json
}

interface Place {
  readonly node: RuleNode
  readonly path: string
  readonly value: Json
  /** For `oldSelf`. */
  readonly old: Json | undefined
  /** For ratcheting: this value, and the nearest one around it that has an old value. */
  readonly same: Correlated | undefined
  readonly around: Correlated | undefined
}

/** The budget is spent; what was found so far is all there is. */
class Exhausted extends Error {}

const isUnchanged = (pair: Correlated | undefined): boolean => pair !== undefined && deepEqual(pair.value, pair.old)

/** The old element of a list of type map: the one with the same keys. */
function correlateItems(schema: Schema, old: Json | undefined): (item: Json) => Json | undefined {
  const keys = schema.listMapKeys
  if (schema.listType !== 'map' || keys === undefined || !Array.isArray(old)) return () => undefined
  const keyOf = (item: Json): string | undefined =>
    isJsonObject(item) ? JSON.stringify(keys.map((key) => ownMember(item, key) ?? null)) : undefined
  const known = new Map(old.map((item) => [keyOf(item), item]))
  return (item) => {
    const key = keyOf(item)
    return key === undefined ? undefined : known.get(key)
  }
}

export class RuleRun {
  readonly causes: StatusCause[] = []
  readonly #schemas: SchemaSet
  readonly #budget: CelBudget
  readonly #time = new CelTime()
  readonly #warn: (text: string) => void

  constructor({ schemas, budget, warn }: { schemas: SchemaSet; budget: CelBudget; warn: (text: string) => void }) {
    this.#schemas = schemas
    this.#budget = budget
    this.#warn = warn
  }

  /** Runs all rules from a value on; ends early when the budget does. */
  start(place: Place): void {
    try {
      this.#visit(place)
    } catch (error) {
      if (!(error instanceof Exhausted)) throw error
    }
  }

  #visit(place: Place): void {
    const { node, value, around } = place
    // What is null is the business of what is around it.
    if (value === null) return
    this.#runRules(place)
    // Kubernetes does not ratchet what is inside of allOf by the value itself.
    for (const part of node.allOf) this.#visit({ ...place, node: part, same: undefined, around })
    if (Array.isArray(value)) this.#visitItems(place, value)
    else if (isJsonObject(value)) {
      for (const [key, member] of Object.entries(value)) {
        if (node.additionalProperties !== undefined)
          this.#visitMember(place, { node: node.additionalProperties, key, member, path: `${place.path}[${key}]` })
        const property = node.properties.get(key)
        const path = place.path === '' ? key : `${place.path}.${key}`
        if (property !== undefined) this.#visitMember(place, { node: property, key, member, path })
      }
    }
  }

  #visitMember(
    parent: Place,
    { node, key, member, path }: { node: RuleNode; key: string; member: Json; path: string },
  ): void {
    const old = parent.old !== undefined && isJsonObject(parent.old) ? ownMember(parent.old, key) : undefined
    this.#visit({ node, path, value: member, old: old ?? undefined, ...this.#correlated(parent, member, key) })
  }

  /** How far the member can be compared with what it was. */
  #correlated(parent: Place, member: Json, key: string): Pick<Place, 'same' | 'around'> {
    if (parent.same === undefined) return { same: undefined, around: parent.around }
    // Both objects are of the version that is written, so that these two say nothing of a change.
    if (parent.around === undefined && (key === 'apiVersion' || key === 'kind'))
      return { same: undefined, around: undefined }
    const old = isJsonObject(parent.same.old) ? ownMember(parent.same.old, key) : undefined
    return { same: old === undefined ? undefined : { value: member, old }, around: parent.same }
  }

  #visitItems(parent: Place, items: readonly Json[]): void {
    const node = parent.node.items
    if (node === undefined) return
    const oldItem = correlateItems(parent.node.schema, parent.old)
    const sameItem = correlateItems(parent.node.schema, parent.same?.old)
    for (const [index, value] of items.entries()) {
      const same = sameItem(value)
      this.#visit({
        node,
        path: `${parent.path}[${index}]`,
        value,
        old: oldItem(value),
        same: same === undefined ? undefined : { value, old: same },
        around: parent.same ?? parent.around,
      })
    }
  }

  #runRules(place: Place): void {
    const { node, path, value, old } = place
    const shown = node.schema.type ?? ''
    if (node.rules.length === 0) return
    if (this.#budget.spent >= this.#budget.limit) this.#exhaust(path, shown)
    const schema = node.isResource ? resourceSchema(node.schema) : node.schema
    const self = this.#valueOf(value, schema)
    const oldSelf = old === undefined ? undefined : this.#valueOf(old, schema)
    for (const compiled of node.rules) {
      const optional = compiled.rule.optionalOldSelf === true
      if (compiled.problem !== undefined) {
        this.causes.push(invalidValue(path, shown, `rule compile error: ${compiled.problem}`))
        continue
      }
      // Rules about a change wait for one.
      if (compiled.program === undefined || (compiled.usesOldSelf && oldSelf === undefined && !optional)) continue
      const before = optional ? (oldSelf === undefined ? optionalNone : new CelOptional(oldSelf)) : oldSelf
      this.#runRule(place, {
        compiled,
        program: compiled.program,
        bindings: before === undefined ? { self } : { self, oldSelf: before },
      })
    }
  }

  #valueOf(value: Json, schema: Schema): CelValue {
    const made = valueOfSchema(value, schema, this.#schemas)
    return made instanceof CelFailure ? null : made
  }

  #exhaust(path: string, shown: string): never {
    const detail = 'validation failed due to running out of cost budget, no further validation rules will be run'
    this.causes.push(invalidValue(path, shown, detail))
    throw new Exhausted()
  }

  #runRule(
    place: Place,
    {
      compiled,
      program,
      bindings,
    }: { compiled: CompiledRule; program: CelProgram; bindings: Record<string, CelValue> },
  ): void {
    const { path, node } = place
    const shown = node.schema.type ?? ''
    const text = ruleText(compiled.rule)
    const outcome = this.#evaluate(program, bindings)
    if (outcome.cut !== undefined) {
      if (outcome.cut === 'object') this.#exhaust(path, shown)
      const why = `'operation cancelled: actual cost limit exceeded': no further validation rules will be run due to call cost exceeds limit for rule: ${text}`
      this.causes.push(invalidValue(path, shown, why))
      throw new Exhausted()
    }
    if (outcome.failure !== undefined) {
      const detail = outcome.failure.startsWith('no such overload')
        ? `'${outcome.failure}': call arguments did not match a supported operator, function or macro signature for rule: ${text}`
        : `${outcome.failure} evaluating rule: ${text}`
      this.causes.push(invalidValue(path, shown, detail))
    } else if (outcome.value !== true) this.#broken(place, compiled, bindings)
  }

  #broken(place: Place, compiled: CompiledRule, bindings: Record<string, CelValue>): void {
    const { rule } = compiled
    const relative = rule.fieldPath === undefined ? undefined : relativeFieldPath(rule.fieldPath, place.node.schema)
    const glue = place.path === '' || relative?.startsWith('[') === true ? '' : '.'
    const field = relative === undefined || relative === '' ? place.path : `${place.path}${glue}${relative}`
    const message = this.#message(compiled, bindings) ?? ruleMessage(rule)
    const cause = brokenRule(rule, { field, value: place.node.schema.type ?? '', message })
    // What was wrong before and has not changed may stay.
    const tolerated = !compiled.usesOldSelf && isUnchanged(place.same ?? place.around)
    if (tolerated) this.#warn(`${field}: ${cause.message}`)
    else this.causes.push(cause)
  }

  /** What a messageExpression says; undefined when it says nothing that can be shown. */
  #message({ message, rule }: CompiledRule, bindings: Record<string, CelValue>): string | undefined {
    if (message === undefined || rule.messageExpression === undefined) return undefined
    const outcome = this.#evaluate(message, bindings)
    if (outcome.cut === 'object')
      return 'messageExpression evaluation failed due to running out of cost budget, no further validation rules will be run'
    if (outcome.cut === 'call')
      return `no further validation rules will be run due to call cost exceeds limit for messageExpression: ${JSON.stringify(rule.messageExpression)}`
    return typeof outcome.value === 'string' ? usableMessage(outcome.value) : undefined
  }

  #evaluate(
    program: CelProgram,
    bindings: Record<string, CelValue>,
  ): { value?: CelValue; failure?: string; cut?: 'call' | 'object' } {
    const left = this.#budget.limit - this.#budget.spent
    const own = new CelBudget(Math.min(perCallLimit, left), this.#time)
    try {
      return { value: program.evaluate(bindings, own) }
    } catch (error) {
      if (error instanceof CelBudgetExceeded) return { cut: left < perCallLimit ? 'object' : 'call' }
      if (error instanceof CelEvaluationError) return { failure: error.message }
      throw error
    } finally {
      this.#budget.spend(Math.min(own.spent, left))
    }
  }
}
