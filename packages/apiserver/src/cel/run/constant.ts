/** Which parts of an expression depend on nothing and may be evaluated once. */

import type { CelNode } from '../syntax/ast.ts'

/** Conversions; other functions are evaluated each time, and paid for, as in Kubernetes. */
const foldable = new Set('bool bytes double duration dyn int string timestamp type uint'.split(' '))

export function isConstant(node: CelNode): boolean {
  // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- all other kinds are alike
  switch (node.kind) {
    case 'literal':
      return true
    case 'list':
      return node.elements.every(({ value, optional }) => !optional && isConstant(value))
    case 'map':
      return node.entries.every(({ key, value, optional }) => !optional && isConstant(key) && isConstant(value))
    case 'call':
      return node.target === undefined && foldable.has(node.name) && node.args.every(isConstant)
    default:
      return false
  }
}
