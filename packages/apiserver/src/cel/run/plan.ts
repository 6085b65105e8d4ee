/**
 * Turns a checked expression into closures, one per node. Each spends what its step costs in Kubernetes' model before it
 * goes on, so that an evaluation ends with its budget. Failures travel as values: `||`, `&&` and loops absorb them.
 */

import { CelBudget, perCallLimit } from '../budget.ts'
import type { CheckedExpression } from '../check/checker.ts'
import { namedTypes } from '../check/type-names.ts'
import type { CelEnvironment } from '../environment.ts'
import { CelProgramError } from '../errors.ts'
import type { CelNode, SelectNode, StructNode } from '../syntax/ast.ts'
import {
  CelArray,
  CelEntries,
  CelFailure,
  CelOptional,
  CelTypeValue,
  mapKey,
  type CelOutcome,
  type CelValue,
} from '../values.ts'
import { planCall } from './calls.ts'
import { isConstant } from './constant.ts'
import { hasField, selectField } from './fields.ts'
import { planLoop } from './loops.ts'
import type { Frame, Planning, Step } from './step.ts'

class Planner implements Planning {
  readonly checked: CheckedExpression
  readonly environment: CelEnvironment
  readonly #scopes: [name: string, slot: number][] = []
  slots = 0

  constructor(checked: CheckedExpression, environment: CelEnvironment) {
    this.checked = checked
    this.environment = environment
  }

  scoped<T>(names: readonly string[], inside: (slots: readonly number[]) => T): T {
    const slots = names.map((name) => {
      const slot = this.slots++
      this.#scopes.push([name, slot])
      return slot
    })
    const result = inside(slots)
    this.#scopes.length -= names.length
    return result
  }

  plan(node: CelNode): Step {
    return isConstant(node) ? this.#once(this.#plan(node)) : this.#plan(node)
  }

  /** What depends on nothing is evaluated once, and costs nothing, as Kubernetes' optimizer has it. */
  #once(step: Step): Step {
    const made = step({ bindings: {}, budget: new CelBudget(perCallLimit), slots: [] })
    if (made instanceof CelFailure) throw new CelProgramError(made.message)
    return () => made
  }

  #plan(node: CelNode): Step {
    switch (node.kind) {
      case 'literal': {
        const { value } = node
        return () => value
      }
      case 'ident':
        return this.#name(node.name)
      case 'select': {
        const dotted = this.checked.names.get(node.id)
        return dotted === undefined ? this.#select(node) : this.#name(dotted)
      }
      case 'call':
        return planCall(this, node)
      case 'list':
        return this.#list(node.elements)
      case 'map':
        return this.#map(node.entries)
      case 'struct':
        return this.#struct(node)
      case 'loop':
        return planLoop(this, node)
      case 'bind': {
        const value = this.plan(node.value)
        return this.scoped([node.name], ([slot = 0]) => {
          const body = this.plan(node.body)
          return (frame) => {
            const outcome = value(frame)
            if (outcome instanceof CelFailure) return outcome
            frame.slots[slot] = outcome
            return body(frame)
          }
        })
      }
    }
  }

  #name(name: string): Step {
    const local = this.#scopes.findLast(([known]) => known === name)
    if (local !== undefined) {
      const [, slot] = local
      return (frame) => {
        frame.budget.spend(1)
        return frame.slots[slot] ?? null
      }
    }
    const type = this.environment.variables.has(name) ? undefined : namedTypes.get(name)
    if (type !== undefined) {
      const value = new CelTypeValue(type)
      return () => value
    }
    return ({ bindings, budget }) => {
      budget.spend(1)
      return bindings[name] ?? (Object.hasOwn(bindings, name) ? null : new CelFailure(`no such attribute(s): ${name}`))
    }
  }

  #select({ operand, field, test }: SelectNode): Step {
    const of = this.plan(operand)
    if (test) {
      return (frame) => {
        const holder = of(frame)
        return holder instanceof CelFailure ? holder : hasField(holder, field)
      }
    }
    return (frame) => {
      const holder = of(frame)
      if (holder instanceof CelFailure) return holder
      frame.budget.spend(1)
      return selectField(holder, field)
    }
  }

  #list(elements: readonly { readonly value: CelNode; readonly optional: boolean }[]): Step {
    const steps = elements.map(({ value, optional }) => ({ step: this.plan(value), optional }))
    const build: Step = (frame) => {
      const items: CelValue[] = []
      for (const { step, optional } of steps) {
        const item = step(frame)
        if (item instanceof CelFailure) return item
        if (!optional) items.push(item)
        else if (!(item instanceof CelOptional)) {
          return new CelFailure('cannot initialize optional list element from non-optional value')
        } else if (item.value !== undefined) items.push(item.value)
      }
      return new CelArray(items)
    }
    return (frame) => {
      const outcome = build(frame)
      frame.budget.spend(10)
      return outcome
    }
  }

  #map(entries: readonly { readonly key: CelNode; readonly value: CelNode; readonly optional: boolean }[]): Step {
    const steps = entries.map(({ key, value, optional }) => ({
      key: this.plan(key),
      value: this.plan(value),
      optional,
    }))
    return (frame) => {
      const made = new Map<string | bigint | boolean, readonly [CelValue, CelValue]>()
      for (const entry of steps) {
        const key = entry.key(frame)
        if (key instanceof CelFailure) return key
        const value = entry.value(frame)
        if (value instanceof CelFailure) return value
        const at = mapKey(key)
        if (at === undefined) return new CelFailure('unsupported key type')
        if (!entry.optional) made.set(at, [key, value])
        else if (!(value instanceof CelOptional))
          return new CelFailure(`cannot initialize optional entry '${String(at)}' from non-optional value`)
        else if (value.value !== undefined) made.set(at, [key, value.value])
      }
      frame.budget.spend(30)
      return new CelEntries(made)
    }
  }

  #struct(node: StructNode): Step {
    const type = this.environment.objects(node.type)
    const steps = node.fields.map(({ name, value, optional }) => ({ name, step: this.plan(value), optional }))
    return (frame) => {
      const made = new Map<string, readonly [CelValue, CelValue]>()
      for (const { name, step, optional } of steps) {
        const value = step(frame)
        if (value instanceof CelFailure) return value
        if (!optional) made.set(name, [name, value])
        else if (value instanceof CelOptional && value.value !== undefined) made.set(name, [name, value.value])
      }
      frame.budget.spend(40)
      return new CelEntries(made, type)
    }
  }
}

/** The whole expression as one function. */
export function planExpression(
  checked: CheckedExpression,
  environment: CelEnvironment,
): (bindings: Frame['bindings'], budget: CelBudget) => CelOutcome {
  const planner = new Planner(checked, environment)
  const step = planner.plan(checked.root)
  return (bindings, budget) => step({ bindings, budget, slots: Array.from({ length: planner.slots }, () => null) })
}
