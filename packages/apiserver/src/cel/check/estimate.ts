/** What an expression costs at least and at most, from the sizes its variables may have: Kubernetes' static estimate. */

import type { CallNode, CelNode, LoopNode } from '../syntax/ast.ts'
import { codePointLength } from '../text.ts'
import { parametersOf, type CelType } from '../types.ts'
import { CelUint } from '../values.ts'
import { callEstimate, type EstimatedNode } from './call-estimate.ts'
import type { CheckedExpression } from './checker.ts'
import { add, exactly, multiply, union, unknownSize, type CostEstimate, type SizeEstimate } from './ranges.ts'

export type { CostEstimate, SizeEstimate } from './ranges.ts'

/**
 * The size of what lies at a path (`self`, `spec`, `@items`…): characters of text, elements of lists and maps.
 * Undefined when nothing is known of it.
 */
export type SizeEstimator = (path: readonly string[]) => SizeEstimate | undefined

/** Sizes of what a list or map holds. */
interface EntrySize {
  readonly of: 'list' | 'map'
  readonly key: SizeEstimate
  readonly value: SizeEstimate
}

interface Local {
  readonly path: readonly string[] | undefined
  readonly size: SizeEstimate | undefined
  readonly entry: EntrySize | undefined
}

const unionEntries = (left: EntrySize | undefined, right: EntrySize | undefined): EntrySize | undefined =>
  left === undefined || right === undefined
    ? undefined
    : { of: left.of, key: union(left.key, right.key), value: union(left.value, right.value) }

const scalars = new Set(['bool', 'double', 'duration', 'int', 'timestamp', 'uint'])

function isScalar(type: CelType | undefined): boolean {
  if (type === undefined) return false
  if (type.kind === 'opaque' && type.name === 'optional_type') return isScalar(type.parameters[0])
  return scalars.has(type.kind)
}

class Estimator {
  readonly #checked: CheckedExpression
  readonly #sizeAt: SizeEstimator
  readonly #paths = new Map<number, readonly string[]>()
  readonly #sizes = new Map<number, SizeEstimate>()
  readonly #entries = new Map<number, EntrySize>()
  readonly #locals: (readonly [string, Local])[] = []

  constructor(checked: CheckedExpression, sizeAt: SizeEstimator) {
    this.#checked = checked
    this.#sizeAt = sizeAt
  }

  #local(node: CelNode): Local | undefined {
    return node.kind === 'ident' ? this.#locals.findLast(([name]) => name === node.name)?.[1] : undefined
  }

  #path(node: CelNode): readonly string[] | undefined {
    const local = this.#local(node)
    return local === undefined ? this.#paths.get(node.id) : local.path
  }

  #step(node: CelNode, of: CelNode, step: string): void {
    const path = this.#path(of)
    if (path !== undefined) this.#paths.set(node.id, [...path, step])
  }

  #literalSize(node: CelNode): SizeEstimate | undefined {
    // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- all other kinds are alike
    switch (node.kind) {
      case 'literal': {
        const { value } = node
        if (typeof value === 'string') return exactly(codePointLength(value))
        if (value instanceof Uint8Array) return exactly(value.length)
        return value === null || typeof value !== 'object' || value instanceof CelUint ? exactly(1) : undefined
      }
      case 'list':
        return exactly(node.elements.length)
      case 'map':
        return exactly(node.entries.length)
      default:
        return undefined
    }
  }

  #knownSize(node: CelNode): SizeEstimate | undefined {
    const known = this.#sizes.get(node.id) ?? this.#literalSize(node)
    if (known !== undefined) return known
    const path = this.#path(node)
    const estimated = path === undefined || path.length === 0 ? undefined : this.#sizeAt(path)
    if (estimated !== undefined) return estimated
    return isScalar(this.#checked.types.get(node.id)) ? exactly(1) : this.#local(node)?.size
  }

  size(node: CelNode): SizeEstimate {
    return this.#knownSize(node) ?? unknownSize
  }

  #entry(node: CelNode): EntrySize | undefined {
    return this.#entries.get(node.id) ?? this.#local(node)?.entry
  }

  cost(node: CelNode): CostEstimate {
    switch (node.kind) {
      case 'literal':
        return exactly(0)
      case 'ident': {
        const local = this.#local(node)
        if (local === undefined) this.#paths.set(node.id, [node.name])
        else if (local.path !== undefined) this.#paths.set(node.id, local.path)
        return exactly(1)
      }
      case 'select': {
        const dotted = this.#checked.names.get(node.id)
        if (dotted !== undefined) {
          this.#paths.set(node.id, [dotted])
          return exactly(1)
        }
        const of = this.cost(node.operand)
        if (node.test) return of
        this.#step(node, node.operand, node.field)
        const kind = this.#checked.types.get(node.operand.id)?.kind
        return kind === 'map' || kind === 'object' || kind === 'param' ? add(of, exactly(1)) : of
      }
      case 'call':
        return this.#call(node)
      case 'list': {
        const costs = node.elements.map(({ value }) => this.cost(value))
        const sizes = node.elements.map(({ value }) => this.size(value))
        this.#entries.set(node.id, { of: 'list', key: exactly(1), value: sizes.reduce(union, sizes[0] ?? exactly(0)) })
        return add(...costs, exactly(10))
      }
      case 'map': {
        const costs = node.entries.flatMap(({ key, value }) => [this.cost(key), this.cost(value)])
        const keys = node.entries.map(({ key }) => this.size(key))
        const values = node.entries.map(({ value }) => this.size(value))
        this.#entries.set(node.id, {
          of: 'map',
          key: keys.reduce(union, keys[0] ?? exactly(0)),
          value: values.reduce(union, values[0] ?? exactly(0)),
        })
        return add(...costs, exactly(30))
      }
      case 'struct':
        return add(...node.fields.map(({ value }) => this.cost(value)), exactly(40))
      case 'loop':
        return this.#loop(node)
      case 'bind': {
        const value = this.cost(node.value)
        const local = {
          path: this.#path(node.value),
          size: this.#knownSize(node.value),
          entry: this.#entry(node.value),
        }
        const body = this.#within([[node.name, local]], () => {
          const cost = this.cost(node.body)
          this.#copy(node, node.body)
          return cost
        })
        // The fold that cel-go makes of it goes over an empty list.
        return add(exactly(10), value, body)
      }
    }
  }

  #within<T>(locals: readonly (readonly [string, Local])[], inside: () => T): T {
    this.#locals.push(...locals)
    const result = inside()
    this.#locals.length -= locals.length
    return result
  }

  #copy(to: CelNode, from: CelNode): void {
    const size = this.#knownSize(from)
    const entry = this.#entry(from)
    if (size !== undefined) this.#sizes.set(to.id, size)
    if (entry !== undefined) this.#entries.set(to.id, entry)
  }

  #estimated(node: CelNode): EstimatedNode {
    const cost = this.cost(node)
    const path = this.#path(node)
    const elementSize = path === undefined || path.length === 0 ? undefined : this.#sizeAt([...path, '@items'])
    return {
      node,
      type: this.#checked.types.get(node.id),
      size: this.size(node),
      elementSize: elementSize ?? unknownSize,
      cost,
    }
  }

  #call(node: CallNode): CostEstimate {
    const [first, second, third] = node.args
    if (node.name === 'dyn' && node.target === undefined && first !== undefined) {
      const cost = this.cost(first)
      this.#copy(node, first)
      return add(exactly(1), cost)
    }
    const args = node.args.map((arg) => this.#estimated(arg))
    const qualified = this.#checked.qualified.get(node.id)
    const target = node.target === undefined || qualified !== undefined ? undefined : this.#estimated(node.target)
    const overloads = this.#checked.overloads.get(node.id) ?? []
    const estimate = callEstimate({
      name: qualified ?? node.name,
      overloads,
      args,
      ...(target === undefined ? {} : { target }),
    })
    let size = estimate.size
    if (first !== undefined && node.name === '_[_]') {
      const entry = this.#entry(first)
      if (this.#checked.types.get(first.id)?.kind === 'list') this.#step(node, first, '@items')
      else if (this.#checked.types.get(first.id)?.kind === 'map') this.#step(node, first, '@values')
      size = entry?.value ?? this.#knownSize(node)
    }
    const lists = node.name === '_?_:_' ? [second, third] : node.name === '_+_' ? [first, second] : []
    const [left, right] = lists.map((list) => (list === undefined ? undefined : this.#entry(list)))
    const entry = unionEntries(left, right)
    if (entry !== undefined) this.#entries.set(node.id, entry)
    if (size !== undefined) this.#sizes.set(node.id, size)
    return target === undefined ? estimate.cost : add(target.cost, estimate.cost)
  }

  #loopLocals(node: LoopNode): (readonly [string, Local])[] {
    const entry = this.#entry(node.range)
    const kind = entry?.of ?? this.#checked.types.get(node.range.id)?.kind
    const path = this.#path(node.range) ?? []
    const isList = kind === 'list'
    const local = (step: string, size: SizeEstimate | undefined): Local => ({
      path: [...path, step],
      size,
      entry: undefined,
    })
    const key = local(isList ? '@indices' : '@keys', entry?.key)
    const value = local(isList ? '@items' : '@values', entry?.value)
    if (node.variable2 === undefined) return [[node.variable, isList ? value : key]]
    return [
      [node.variable, key],
      [node.variable2, value],
    ]
  }

  #loop(node: LoopNode): CostEstimate {
    const range = this.cost(node.range)
    const turn = this.#within(this.#loopLocals(node), () => {
      const condition = node.condition === undefined ? undefined : this.cost(node.condition)
      const result = node.result === undefined ? undefined : this.cost(node.result)
      if (node.result !== undefined && (node.macro === 'map' || node.macro === 'transformList'))
        this.#entries.set(node.id, { of: 'list', key: exactly(1), value: union(exactly(0), this.size(node.result)) })
      return turnCost(node, condition ?? exactly(0), result ?? exactly(0))
    })
    const count = this.size(node.range)
    const gathers = !['all', 'exists', 'existsOne'].includes(node.macro)
    if (node.macro === 'filter') {
      const [element] = this.#loopLocals(node)
      const path = element?.[1].path
      const size =
        element?.[1].size ?? (path === undefined ? undefined : this.#sizeAt(path)) ?? this.#elementScalar(node)
      this.#entries.set(node.id, { of: 'list', key: exactly(1), value: union(exactly(0), size ?? unknownSize) })
    }
    this.#sizes.set(node.id, gathers ? count : exactly(1))
    const begin = node.macro === 'transformMap' || node.macro === 'transformMapEntry' ? 30 : gathers ? 10 : 0
    const end = node.macro === 'existsOne' ? 2 : 1
    return add(range, exactly(begin + end), multiply(count, turn))
  }

  #elementScalar(node: LoopNode): SizeEstimate | undefined {
    const type = this.#checked.types.get(node.range.id)
    return isScalar(type === undefined ? undefined : parametersOf(type)[0]) ? exactly(1) : undefined
  }
}

/** One turn of the fold that cel-go makes of the macro. */
function turnCost(node: LoopNode, condition: CostEstimate, result: CostEstimate): CostEstimate {
  const either = (counted: CostEstimate): CostEstimate =>
    node.condition === undefined ? counted : add(condition, union(counted, exactly(1)))
  switch (node.macro) {
    case 'all':
      return add(exactly(2), { min: 1, max: 1 + condition.max })
    case 'exists':
      return add(exactly(3), { min: 1, max: 1 + condition.max })
    case 'existsOne':
      return either(exactly(2))
    case 'filter':
      return either(exactly(13))
    case 'map':
    case 'transformList':
      return either(add(exactly(12), result))
    case 'transformMap':
      return either(add(exactly(3), result))
    case 'transformMapEntry':
      return either(add(exactly(2), result))
  }
}

export function estimateCost(checked: CheckedExpression, sizes: SizeEstimator): CostEstimate {
  return new Estimator(checked, sizes).cost(checked.root)
}
