/** The estimated cost and result size of calls, function by function, as Kubernetes and cel-go have them. */

import type { CelOverload } from '../library/functions.ts'
import type { CelNode } from '../syntax/ast.ts'
import type { CelType } from '../types.ts'
import {
  add,
  exactly,
  multiply,
  scale,
  unbounded,
  union,
  unknownSize,
  type CostEstimate,
  type SizeEstimate,
} from './ranges.ts'

/** An argument of a call, as the estimates of functions see it. */
export interface EstimatedNode {
  readonly node: CelNode
  readonly type: CelType | undefined
  readonly size: SizeEstimate
  /** The size of the elements of a list. */
  readonly elementSize: SizeEstimate
  readonly cost: CostEstimate
}

export interface EstimatedCall {
  readonly name: string
  readonly overloads: readonly CelOverload[]
  readonly args: readonly EstimatedNode[]
  readonly target?: EstimatedNode
}

interface CallEstimate {
  readonly cost: CostEstimate
  readonly size?: SizeEstimate
}

const perCharacter = 0.1
const regexPerCharacter = 0.25

const sizeOf = (node: EstimatedNode | undefined): SizeEstimate => node?.size ?? unknownSize
const isText = (kind: string | undefined): boolean => kind === 'string' || kind === 'bytes'

/** Going over a list or a text once. */
function listTraversal({ target }: EstimatedCall): CallEstimate {
  const size = sizeOf(target)
  if (target?.type?.kind !== 'list') return { cost: scale(size, perCharacter) }
  const element = target.type.element.kind
  const each = isText(element) ? add(exactly(1), scale(target.elementSize, perCharacter)) : exactly(1)
  return { cost: multiply(size, each) }
}

function targetTraversal({ target }: EstimatedCall): CallEstimate {
  return { cost: scale(sizeOf(target), perCharacter), size: sizeOf(target) }
}

function regex({ target, args }: EstimatedCall): CallEstimate {
  const text = scale(add(sizeOf(target), exactly(1)), perCharacter)
  return { cost: multiply(text, scale(sizeOf(args[0]), regexPerCharacter)) }
}

function replace({ target, args }: EstimatedCall): CallEstimate {
  const size = sizeOf(target)
  const [old, by] = [sizeOf(args[0]), sizeOf(args[1])]
  const most = old.min === 0 ? size.max + 1 : by.max <= old.min ? 0 : Math.ceil(size.max / old.min)
  const least = old.max === 0 ? size.min + 1 : old.max <= by.min ? 0 : Math.ceil(size.min / old.max)
  const kept = {
    max: old.min === 0 || by.max <= old.min ? size.max : 0,
    min: old.max === 0 || old.max <= by.min ? size.min : 0,
  }
  const result = add(multiply({ min: least, max: most }, by), kept)
  return { cost: scale(size, 2 * perCharacter), size: result }
}

function split({ target, args }: EstimatedCall): CallEstimate {
  const size = sizeOf(target)
  const limit = args[1]?.node
  const most =
    limit?.kind === 'literal' && typeof limit.value === 'bigint' && limit.value >= 0n ? Number(limit.value) : size.max
  return { cost: scale(size, 2 * perCharacter), size: { min: 0, max: most } }
}

function join({ target, args }: EstimatedCall): CallEstimate {
  const count = sizeOf(target)
  const gaps = { min: Math.max(0, count.min - 1), max: Math.max(0, count.max - 1) }
  const separators = args.length > 0 ? multiply(sizeOf(args[0]), gaps) : exactly(0)
  const size = add(multiply(count, target?.elementSize ?? unknownSize), separators)
  return { cost: scale(size, perCharacter), size }
}

const addresses: SizeEstimate = { min: 4, max: 16 }
const parsed = ({ overloads, args }: EstimatedCall): CostEstimate =>
  overloads.some(({ parameters }) => parameters[1]?.kind === 'string')
    ? scale(sizeOf(args[0]), perCharacter)
    : exactly(0)

function containsIp(call: EstimatedCall): CallEstimate {
  return { cost: add(scale(add(addresses, addresses), perCharacter), parsed(call)) }
}
function containsCidr(call: EstimatedCall): CallEstimate {
  const masked = add(scale(addresses, perCharacter), exactly(1))
  return { cost: add(scale(add(addresses, addresses), perCharacter), masked, parsed(call)) }
}

/** Comparing as far as the shorter goes. */
function shorter({ args }: EstimatedCall): CallEstimate {
  const [left, right] = args
  if (left?.type?.kind === 'opaque' && right?.type?.kind === 'opaque' && left.type.name === right.type.name) {
    if (left.type.name !== 'optional_type') return { cost: exactly(1) }
  }
  const max = Math.min(sizeOf(left).max, sizeOf(right).max)
  return { cost: scale({ min: max > 0 ? 1 : 0, max }, perCharacter) }
}

function ordered(call: EstimatedCall): CallEstimate {
  const costs = call.overloads.map(({ parameters }) => (isText(parameters[0]?.kind) ? shorter(call).cost : exactly(1)))
  return { cost: costs.reduce(union, costs[0] ?? exactly(1)) }
}

function sum(call: EstimatedCall): CallEstimate {
  const [left, right] = call.args
  const size = add(sizeOf(left), sizeOf(right))
  const costs = call.overloads.map(({ parameters }) =>
    isText(parameters[0]?.kind) ? scale(size, perCharacter) : exactly(1),
  )
  const sized = call.overloads.some(({ parameters }) => isText(parameters[0]?.kind) || parameters[0]?.kind === 'list')
  return { cost: costs.reduce(union, costs[0] ?? exactly(1)), ...(sized ? { size } : {}) }
}

function contains({ target, args }: EstimatedCall): CallEstimate {
  return { cost: multiply(scale(sizeOf(target), perCharacter), scale(sizeOf(args[0]), perCharacter)) }
}

const prefix = ({ args }: EstimatedCall): CallEstimate => ({ cost: scale(sizeOf(args[0]), perCharacter) })

function membership({ args, overloads }: EstimatedCall): CallEstimate {
  const costs = overloads.map(({ parameters }) => (parameters[1]?.kind === 'list' ? sizeOf(args[1]) : exactly(1)))
  return { cost: costs.reduce(union, costs[0] ?? exactly(1)) }
}

/** Conversions that go over a text. */
function conversion(to: string, { args, overloads }: EstimatedCall): CallEstimate {
  const size = sizeOf(args[0])
  const costs = overloads.map(({ parameters }) => {
    const from = parameters[0]?.kind
    return (to === 'bytes' && from === 'string') || (to === 'string' && from === 'bytes')
      ? scale(size, perCharacter)
      : exactly(1)
  })
  const cost = costs.reduce(union, costs[0] ?? exactly(1))
  if (to === 'bytes') return { cost, size: { min: size.min, max: Math.min(size.max * 4, unbounded) } }
  return overloads.length === 1 && overloads[0]?.parameters[0]?.kind === 'bytes'
    ? { cost, size: { min: Math.floor(size.min / 4), max: size.max } }
    : { cost }
}

function sets(passes: number, { args }: EstimatedCall): CallEstimate {
  return { cost: add(scale(multiply(sizeOf(args[0]), sizeOf(args[1])), passes), exactly(1)) }
}

function url({ args }: EstimatedCall): CallEstimate {
  return { cost: scale(sizeOf(args[0]), perCharacter), size: sizeOf(args[0]) }
}

/** Reading a text; the member of the same name (`cidr.ip()`) only looks up. */
function parsing({ target, args }: EstimatedCall): CallEstimate {
  return { cost: target === undefined ? scale(sizeOf(args[0]), perCharacter) : exactly(1) }
}

function validate({ args }: EstimatedCall): CallEstimate {
  return { cost: scale(scale(sizeOf(args[0]), perCharacter), 128 * regexPerCharacter) }
}

function quote({ args }: EstimatedCall): CallEstimate {
  const size = sizeOf(args[0])
  return { cost: scale(size, perCharacter), size: { min: size.min + 2, max: Math.min(size.max * 2 + 2, unbounded) } }
}

function selector({ args }: EstimatedCall): CallEstimate {
  const size = sizeOf(args[0])
  return { cost: add(exactly(10), scale(size, perCharacter), scale(scale(size, 0.5), 50)) }
}

const estimates: Readonly<Record<string, (call: EstimatedCall) => CallEstimate>> = {
  check: () => ({ cost: exactly(350_000) }),
  fieldSelector: selector,
  labelSelector: selector,
  isSorted: listTraversal,
  sum: listTraversal,
  max: listTraversal,
  min: listTraversal,
  indexOf: listTraversal,
  lastIndexOf: listTraversal,
  url,
  'jsonpatch.escapeKey': url,
  cidr: parsing,
  isCIDR: parsing,
  isIP: parsing,
  ip: parsing,
  quantity: parsing,
  isQuantity: parsing,
  semver: parsing,
  isSemver: parsing,
  'ip.isCanonical': ({ args }) => ({ cost: scale(sizeOf(args[0]), 2 * perCharacter) }),
  lowerAscii: targetTraversal,
  upperAscii: targetTraversal,
  substring: targetTraversal,
  trim: targetTraversal,
  replace,
  split,
  join,
  find: (call) => ({ ...regex(call), size: { min: 0, max: sizeOf(call.target).max } }),
  findAll: (call) => ({ ...regex(call), size: { min: 0, max: sizeOf(call.target).max } }),
  containsIP: containsIp,
  containsCIDR: containsCidr,
  validate,
  format: (call) =>
    call.target === undefined ? { cost: exactly(1) } : { cost: scale(sizeOf(call.target), perCharacter) },
  bytes: (call) => conversion('bytes', call),
  string: (call) => conversion('string', call),
  'strings.quote': quote,
  startsWith: prefix,
  endsWith: prefix,
  contains,
  matches: (call) => (call.target === undefined ? { cost: exactly(1) } : regex(call)),
  '@in': membership,
  '_+_': sum,
  '_==_': shorter,
  '_!=_': shorter,
  '_<_': ordered,
  '_<=_': ordered,
  '_>_': ordered,
  '_>=_': ordered,
  'sets.contains': (call) => sets(1, call),
  'sets.intersects': (call) => sets(1, call),
  'sets.equivalent': (call) => sets(2, call),
}

/** The cost of a call with that of its arguments, without that of its target. */
export function callEstimate(call: EstimatedCall): CallEstimate {
  const [first, second, third] = call.args
  if ((call.name === '_&&_' || call.name === '_||_') && first !== undefined && second !== undefined)
    return { cost: { min: first.cost.min, max: add(first.cost, second.cost).max } }
  if (call.name === '_?_:_' && first !== undefined && second !== undefined && third !== undefined)
    return { cost: add(first.cost, union(second.cost, third.cost)), size: union(second.size, third.size) }
  const estimate = (Object.hasOwn(estimates, call.name) ? estimates[call.name] : undefined)?.(call) ?? {
    cost: exactly(1),
  }
  return { ...estimate, cost: add(estimate.cost, ...call.args.map(({ cost }) => cost)) }
}
