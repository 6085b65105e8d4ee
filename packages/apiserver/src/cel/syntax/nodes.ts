/** Makes the nodes of one expression, each with an id of its own. */

import type { CelValue } from '../values.ts'
import type { CelNode, ListNode, LoopNode, MapNode, StructNode } from './ast.ts'

export class NodeFactory {
  /** How many nodes lie in one another below each node, by id. */
  readonly #depths = [0]

  /** The greatest depth of any node made. */
  deepest = 0

  #id(children: readonly (CelNode | undefined)[]): number {
    let depth = 0
    for (const child of children) depth = Math.max(depth, child === undefined ? 0 : (this.#depths[child.id] ?? 0))
    this.#depths.push(depth + 1)
    this.deepest = Math.max(this.deepest, depth + 1)
    return this.#depths.length - 1
  }

  literal(at: number, value: CelValue): CelNode {
    return { kind: 'literal', id: this.#id([]), at, value }
  }
  ident(at: number, name: string): CelNode {
    return { kind: 'ident', id: this.#id([]), at, name }
  }
  select(at: number, operand: CelNode, field: string, test = false): CelNode {
    return { kind: 'select', id: this.#id([operand]), at, operand, field, test }
  }
  call(at: number, name: string, args: readonly CelNode[], target?: CelNode): CelNode {
    const id = this.#id([...args, target])
    return { kind: 'call', id, at, name, args, ...(target === undefined ? {} : { target }) }
  }
  list(at: number, elements: ListNode['elements']): CelNode {
    return { kind: 'list', id: this.#id(elements.map(({ value }) => value)), at, elements }
  }
  map(at: number, entries: MapNode['entries']): CelNode {
    return { kind: 'map', id: this.#id(entries.flatMap(({ key, value }) => [key, value])), at, entries }
  }
  struct(at: number, type: string, fields: StructNode['fields']): CelNode {
    return { kind: 'struct', id: this.#id(fields.map(({ value }) => value)), at, type, fields }
  }
  loop(at: number, parts: Omit<LoopNode, 'kind' | 'id' | 'at'>): CelNode {
    return { kind: 'loop', id: this.#id([parts.range, parts.condition, parts.result]), at, ...parts }
  }
  bind(at: number, name: string, value: CelNode, body: CelNode): CelNode {
    return { kind: 'bind', id: this.#id([value, body]), at, name, value, body }
  }
}
