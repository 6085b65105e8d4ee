/**
 * What the parser makes of an expression: macros are taken apart already. Comprehensions keep the macro they came from,
 * so that the evaluator runs them as loops; checker and cost model treat them as the folds cel-go expands them to.
 */

import type { CelValue } from '../values.ts'

interface Node {
  /** Unique in the expression; types and sizes are kept by it. */
  readonly id: number
  /** Where errors about it point to: an offset in UTF-16 units. */
  readonly at: number
}

interface LiteralNode extends Node {
  readonly kind: 'literal'
  readonly value: CelValue
}
interface IdentNode extends Node {
  readonly kind: 'ident'
  readonly name: string
}
export interface SelectNode extends Node {
  readonly kind: 'select'
  readonly operand: CelNode
  readonly field: string
  /** `has(operand.field)` */
  readonly test: boolean
}
export interface CallNode extends Node {
  readonly kind: 'call'
  readonly name: string
  readonly target?: CelNode
  readonly args: readonly CelNode[]
}
export interface ListNode extends Node {
  readonly kind: 'list'
  readonly elements: readonly { readonly value: CelNode; readonly optional: boolean }[]
}
export interface MapNode extends Node {
  readonly kind: 'map'
  readonly entries: readonly { readonly key: CelNode; readonly value: CelNode; readonly optional: boolean }[]
}
export interface StructNode extends Node {
  readonly kind: 'struct'
  readonly type: string
  readonly fields: readonly {
    readonly name: string
    readonly at: number
    readonly value: CelNode
    readonly optional: boolean
  }[]
}

export type LoopMacro =
  | 'all'
  | 'exists'
  | 'existsOne'
  | 'filter'
  | 'map'
  | 'transformList'
  | 'transformMap'
  | 'transformMapEntry'

export interface LoopNode extends Node {
  readonly kind: 'loop'
  readonly macro: LoopMacro
  readonly range: CelNode
  readonly variable: string
  /** Two variables: index or key, then value. */
  readonly variable2?: string
  /** Which elements count; for all, exists, existsOne and filter it is all there is. */
  readonly condition?: CelNode
  /** What becomes of an element. */
  readonly result?: CelNode
}
interface BindNode extends Node {
  readonly kind: 'bind'
  readonly name: string
  readonly value: CelNode
  readonly body: CelNode
}

export type CelNode =
  | LiteralNode
  | IdentNode
  | SelectNode
  | CallNode
  | ListNode
  | MapNode
  | StructNode
  | LoopNode
  | BindNode

/** `a.b.c` as text when the expression is nothing but names. */
export function qualifiedName(node: CelNode): string | undefined {
  if (node.kind === 'ident') return node.name
  if (node.kind !== 'select' || node.test) return undefined
  const prefix = qualifiedName(node.operand)
  return prefix === undefined ? undefined : `${prefix}.${node.field}`
}
