/** Calls: the operators that may leave an operand out, and functions with the choice of their overload. */

import type { CallNode, CelNode } from '../syntax/ast.ts'
import { CelProgramError } from '../errors.ts'
import type { CelOverload } from '../library/functions.ts'
import { regexOf } from '../library/patterns.ts'
import { fitsType } from '../runtime-type.ts'
import { dynType, type CelType } from '../types.ts'
import { CelFailure, CelList, CelMap, CelOptional, noSuchOverload, type CelValue } from '../values.ts'
import { indexInto, optionalField } from './fields.ts'
import type { Planning, Step } from './step.ts'

/** `a && b`, `a || b`: one side that decides is enough, whatever became of the other. */
function planLogical(left: Step, right: Step, decides: boolean): Step {
  return (frame) => {
    const ours = left(frame)
    if (ours === decides) return decides
    const theirs = right(frame)
    if (theirs === decides) return decides
    if (ours === !decides && theirs === !decides) return !decides
    if (ours instanceof CelFailure) return ours
    return theirs instanceof CelFailure ? theirs : noSuchOverload
  }
}

function planConditional(condition: Step, yes: Step, no: Step): Step {
  return (frame) => {
    const chosen = condition(frame)
    if (typeof chosen === 'boolean') return chosen ? yes(frame) : no(frame)
    return chosen instanceof CelFailure ? chosen : noSuchOverload
  }
}

/** `a.or(b)`, `a.orValue(b)`: b only when a is empty. */
function planOr(of: Step, other: Step, unwrap: boolean): Step {
  return (frame) => {
    const first = of(frame)
    if (first instanceof CelFailure) return first
    if (!(first instanceof CelOptional)) return noSuchOverload
    if (first.value === undefined) return other(frame)
    return unwrap ? first.value : first
  }
}

/** Whether a type says enough that only values of the parameter's type can be there. */
function isKnown(type: CelType | undefined): boolean {
  return type !== undefined && type.kind !== 'dyn' && type.kind !== 'param' && type.kind !== 'error'
}

/** Parameters of which values have to be looked at: the rest is known from the types, or anything will do. */
function toCheck(overload: CelOverload, types: readonly (CelType | undefined)[]): number[] {
  return overload.parameters.flatMap((type, index) =>
    type.kind === 'dyn' || type.kind === 'param' || isKnown(types[index]) ? [] : [index],
  )
}

/** Elements are looked at where overloads differ by them (`[1].sum()`, `['a'].isSorted()`). */
function fitsDeep(value: CelValue, type: CelType): boolean {
  if (!fitsType(value, type)) return false
  if (type.kind === 'list' && value instanceof CelList)
    return value.length === 0 || isLoose(type.element) || fitsType(value.at(0), type.element)
  if (type.kind === 'opaque' && value instanceof CelOptional && value.value !== undefined) {
    const [of = dynType] = type.parameters
    return (
      (of.kind !== 'list' || value.value instanceof CelList) && (of.kind !== 'map' || value.value instanceof CelMap)
    )
  }
  return true
}
const isLoose = (type: CelType): boolean => type.kind === 'dyn' || type.kind === 'param'

function chooser(
  overloads: readonly CelOverload[],
  types: readonly (CelType | undefined)[],
): (args: readonly CelValue[]) => CelOverload | undefined {
  const [only] = overloads
  if (overloads.length === 1 && only !== undefined && toCheck(only, types).length === 0) return () => only
  return (args) =>
    overloads.find((overload) =>
      args.every((arg, index) => {
        const type = overload.parameters[index]
        return type !== undefined && fitsDeep(arg, type)
      }),
    )
}

/** Patterns that are literals are read when the program is made. */
function checkPattern({ name, args: [pattern] }: CallNode): void {
  if ((name !== 'find' && name !== 'findAll') || pattern?.kind !== 'literal' || typeof pattern.value !== 'string')
    return
  const regex = regexOf(pattern.value)
  if (regex instanceof CelFailure) throw new CelProgramError(regex.message)
}

/** A call is charged before it runs, where the arguments tell what it takes. */
function planFunction(planner: Planning, node: CallNode, nodes: readonly CelNode[]): Step {
  const overloads = planner.checked.overloads.get(node.id) ?? []
  const choose = chooser(
    overloads,
    nodes.map(({ id }) => planner.checked.types.get(id)),
  )
  const steps = nodes.map((arg) => planner.plan(arg))
  checkPattern(node)
  const invoke = (args: readonly CelValue[], frame: Parameters<Step>[0]): ReturnType<Step> => {
    const overload = choose(args)
    if (overload === undefined) {
      frame.budget.spend(1)
      return args.length === 1 && !node.name.endsWith('_')
        ? new CelFailure(`no such overload: ${node.name}`)
        : noSuchOverload
    }
    frame.budget.spend(overload.cost === undefined ? 1 : overload.cost(args))
    return overload.run(args, frame.budget)
  }
  const [first, second] = steps
  if (steps.length === 2 && first !== undefined && second !== undefined) {
    return (frame) => {
      const left = first(frame)
      const right = second(frame)
      if (left instanceof CelFailure || right instanceof CelFailure) {
        frame.budget.spend(1)
        return left instanceof CelFailure ? left : right
      }
      return invoke([left, right], frame)
    }
  }
  return (frame) => {
    const args: CelValue[] = []
    for (const step of steps) {
      const arg = step(frame)
      if (arg instanceof CelFailure) {
        frame.budget.spend(1)
        return arg
      }
      args.push(arg)
    }
    return invoke(args, frame)
  }
}

/** `x in [literals]` is looked up in a set that is made once, and costs nothing, as in Kubernetes. */
function planMembership(planner: Planning, wanted: CelNode, of: CelNode): Step | undefined {
  if (of.kind !== 'list') return undefined
  const known = new Set<CelValue>()
  for (const { value } of of.elements) {
    if (value.kind !== 'literal' || (typeof value.value !== 'string' && typeof value.value !== 'bigint'))
      return undefined
    known.add(value.value)
  }
  const step = planner.plan(wanted)
  return (frame) => {
    const value = step(frame)
    if (value instanceof CelFailure) return value
    if (typeof value === 'number' && Number.isInteger(value)) return known.has(BigInt(value))
    if (typeof value === 'object' && value !== null && 'value' in value && typeof value.value === 'bigint')
      return known.has(value.value)
    return known.has(value)
  }
}

function planIndex(of: Step, index: Step): Step {
  return (frame) => {
    const holder = of(frame)
    if (holder instanceof CelFailure) return holder
    const key = index(frame)
    if (key instanceof CelFailure) return key
    frame.budget.spend(1)
    return indexInto(holder, key)
  }
}

export function planCall(planner: Planning, node: CallNode): Step {
  const { name, args, target } = node
  const [first, second, third] = args
  if (target === undefined && first !== undefined && second !== undefined) {
    if (name === '_&&_' || name === '_||_')
      return planLogical(planner.plan(first), planner.plan(second), name === '_||_')
    if (name === '_?_:_' && third !== undefined)
      return planConditional(planner.plan(first), planner.plan(second), planner.plan(third))
    if (name === '_?._' && second.kind === 'literal' && typeof second.value === 'string') {
      const of = planner.plan(first)
      const field = second.value
      return (frame) => {
        const holder = of(frame)
        if (holder instanceof CelFailure) return holder
        frame.budget.spend(1)
        return optionalField(holder, field)
      }
    }
    if (name === '_[_]') return planIndex(planner.plan(first), planner.plan(second))
    if (name === '@in') {
      const membership = planMembership(planner, first, second)
      if (membership !== undefined) return membership
    }
  }
  const qualified = planner.checked.qualified.has(node.id)
  if (target !== undefined && !qualified && first !== undefined && (name === 'or' || name === 'orValue'))
    return planOr(planner.plan(target), planner.plan(first), name === 'orValue')
  return planFunction(planner, node, target === undefined || qualified ? args : [target, ...args])
}
