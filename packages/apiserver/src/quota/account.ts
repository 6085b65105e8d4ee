/** One quota: what it allows, what the objects in its scope use, and what writes under way have been promised. */

import { compareQuantities, type JsonObject, type Quantity } from '@berth/meta'
import { objectAt } from '../core/fields.ts'
import type { ApiObject } from '../rest/api-object.ts'
import type { Evaluator } from './evaluator.ts'
import { evaluatorsFor } from './evaluators.ts'
import { requirementsOf, type ScopeRequirement } from './scopes.ts'
import { addTo, noUsage, only, readUsage, takeFrom, usageText, zero, type Usage } from './usage.ts'

export class QuotaAccount {
  readonly namespace: string
  readonly name: string
  #hard: Usage = noUsage
  #requirements: readonly ScopeRequirement[] = []
  #evaluators: ReadonlyMap<string, Evaluator> = new Map()
  /** What each object counts for, by its place in the store. */
  readonly #charges = new Map<string, Usage>()
  #used = new Map<string, Quantity>()
  /** What writes under way will add. */
  readonly #promised = new Map<object, Usage>()
  #text = ''

  constructor(namespace: string, name: string) {
    this.namespace = namespace
    this.name = name
  }

  get hard(): Usage {
    return this.#hard
  }

  /** What the objects seen so far use, of all that is limited. */
  get used(): Usage {
    return this.#used
  }

  /** Collections whose objects count. */
  get evaluators(): ReadonlyMap<string, Evaluator> {
    return this.#evaluators
  }

  /** Takes over what the quota says now. True when it changed: every object is to be charged anew. */
  define(spec: JsonObject | undefined): boolean {
    const text = JSON.stringify(spec ?? {})
    if (text === this.#text) return false
    this.#text = text
    this.#hard = readUsage(objectAt(spec, 'hard'))
    this.#requirements = requirementsOf(spec)
    this.#evaluators = evaluatorsFor([...this.#hard.keys()])
    this.#charges.clear()
    this.#used = new Map([...this.#hard.keys()].map((name) => [name, zero]))
    return true
  }

  /** The limited names that objects of a kind count towards. */
  namesFor(evaluator: Evaluator): string[] {
    return [...this.#hard.keys()].filter((name) => evaluator.counts(name))
  }

  includes(evaluator: Evaluator, object: ApiObject): boolean {
    return this.#requirements.every((requirement) => evaluator.inScope(object, requirement))
  }

  /** Counts an object as it is now; undefined when it is gone. True when the sum changed. */
  charge(place: string, evaluator: Evaluator, object: ApiObject | undefined, now: Date): boolean {
    const before = this.#charges.get(place) ?? noUsage
    const counts = object !== undefined && this.includes(evaluator, object)
    const after = counts ? only(evaluator.usage(object, now), this.namesFor(evaluator)) : noUsage
    if (after.size === 0) this.#charges.delete(place)
    else this.#charges.set(place, after)
    takeFrom(this.#used, before)
    addTo(this.#used, after)
    return usageText(before) !== usageText(after)
  }

  /** Keeps room for a write under way until {@link release}. */
  promise(key: object, usage: Usage): void {
    this.#promised.set(key, usage)
  }

  release(key: object): void {
    this.#promised.delete(key)
  }

  /** Why there is no room for `wanted`; undefined when there is. */
  shortage(wanted: Usage): string | undefined {
    const taken = new Map(only(this.#used, wanted.keys()))
    for (const promised of this.#promised.values()) addTo(taken, only(promised, taken.keys()))
    const sum = new Map(taken)
    addTo(sum, wanted)
    const over = [...wanted.keys()].filter((name) => {
      const [hard, total] = [this.#hard.get(name), sum.get(name)]
      return hard !== undefined && total !== undefined && compareQuantities(total, hard) > 0
    })
    if (over.length === 0) return undefined
    const text = (usage: Usage): string => usageText(only(usage, over))
    return `exceeded quota: ${this.name}, requested: ${text(wanted)}, used: ${text(taken)}, limited: ${text(this.#hard)}`
  }
}
