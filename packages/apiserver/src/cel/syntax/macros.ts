/** The macros: calls that are part of the language, because they bind variables or look at their argument's form. */

import type { CelIssue } from '../errors.ts'
import type { CelNode, LoopMacro } from './ast.ts'
import type { NodeFactory } from './nodes.ts'

interface MacroCall {
  readonly make: NodeFactory
  /** The place of the call: its opening parenthesis. */
  readonly at: number
  readonly name: string
  readonly target?: CelNode
  readonly args: readonly CelNode[]
}

type Expansion = { readonly node: CelNode } | { readonly issue: CelIssue } | undefined

interface LoopForm {
  readonly macro: LoopMacro
  readonly variables: 1 | 2
  /** What the arguments after the variables are. */
  readonly parts: readonly ('condition' | 'result')[]
}

const loops = {
  all: [
    { macro: 'all', variables: 1, parts: ['condition'] },
    { macro: 'all', variables: 2, parts: ['condition'] },
  ],
  exists: [
    { macro: 'exists', variables: 1, parts: ['condition'] },
    { macro: 'exists', variables: 2, parts: ['condition'] },
  ],
  exists_one: [
    { macro: 'existsOne', variables: 1, parts: ['condition'] },
    { macro: 'existsOne', variables: 2, parts: ['condition'] },
  ],
  existsOne: [
    { macro: 'existsOne', variables: 1, parts: ['condition'] },
    { macro: 'existsOne', variables: 2, parts: ['condition'] },
  ],
  filter: [{ macro: 'filter', variables: 1, parts: ['condition'] }],
  map: [
    { macro: 'map', variables: 1, parts: ['result'] },
    { macro: 'map', variables: 1, parts: ['condition', 'result'] },
  ],
  transformList: [
    { macro: 'transformList', variables: 2, parts: ['result'] },
    { macro: 'transformList', variables: 2, parts: ['condition', 'result'] },
  ],
  transformMap: [
    { macro: 'transformMap', variables: 2, parts: ['result'] },
    { macro: 'transformMap', variables: 2, parts: ['condition', 'result'] },
  ],
  transformMapEntry: [
    { macro: 'transformMapEntry', variables: 2, parts: ['result'] },
    { macro: 'transformMapEntry', variables: 2, parts: ['condition', 'result'] },
  ],
} as const satisfies Record<string, readonly LoopForm[]>

const loopForms: ReadonlyMap<string, readonly LoopForm[]> = new Map(Object.entries(loops))

function expandLoop({ make, at, target, args }: MacroCall, form: LoopForm): Expansion {
  if (target === undefined) return undefined
  const names: string[] = []
  for (const arg of args.slice(0, form.variables)) {
    if (arg.kind !== 'ident') return { issue: { at: arg.at, message: 'argument must be a simple name' } }
    names.push(arg.name)
  }
  const [variable = '', variable2] = names
  if (variable === variable2) {
    return { issue: { at: args[1]?.at ?? at, message: `duplicate variable name: ${variable}` } }
  }
  const parts = Object.fromEntries(form.parts.map((part, index) => [part, args[form.variables + index]]))
  return {
    node: make.loop(at, {
      macro: form.macro,
      range: target,
      variable,
      ...(variable2 === undefined ? {} : { variable2 }),
      ...parts,
    }),
  }
}

/** `a.optMap(v, e)`: e over the value of a, in an optional; `optFlatMap` when e gives an optional itself. */
function expandOptional({ make, at, name, target, args }: MacroCall): Expansion {
  const [variable, body] = args
  if (target === undefined || variable === undefined || body === undefined || args.length !== 2) return undefined
  if (variable.kind !== 'ident') {
    return { issue: { at: variable.at, message: `${name}() variable name must be a simple identifier` } }
  }
  const bound = make.bind(at, variable.name, make.call(at, 'value', [], target), body)
  const result = name === 'optMap' ? make.call(at, 'optional.of', [bound]) : bound
  const none = make.call(at, 'optional.none', [])
  return { node: make.call(at, '_?_:_', [make.call(at, 'hasValue', [], target), result, none]) }
}

function expandHas({ make, at, target, args }: MacroCall): Expansion {
  const [field] = args
  if (target !== undefined || field === undefined || args.length !== 1) return undefined
  if (field.kind !== 'select') return { issue: { at: field.at, message: 'invalid argument to has() macro' } }
  return { node: make.select(at, field.operand, field.field, true) }
}

/** What a call stands for when it is a macro's: its node, or what is wrong with its arguments. */
export function expandMacro(call: MacroCall): Expansion {
  if (call.name === 'has') return expandHas(call)
  if (call.name === 'optMap' || call.name === 'optFlatMap') return expandOptional(call)
  const form = loopForms.get(call.name)?.find(({ variables, parts }) => variables + parts.length === call.args.length)
  return form === undefined ? undefined : expandLoop(call, form)
}
