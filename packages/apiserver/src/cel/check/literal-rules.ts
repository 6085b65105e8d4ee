/** What Kubernetes refuses when it compiles, because a literal can already be seen to be wrong. */

import { CelBudget } from '../budget.ts'
import type { CelIssue } from '../errors.ts'
import { regexOf } from '../library/patterns.ts'
import { formatProblem } from '../library/string-format.ts'
import { parseDurationText, parseTimestampText } from '../library/time-text.ts'
import type { CallNode, CelNode } from '../syntax/ast.ts'
import { childrenOf } from '../syntax/walk.ts'
import { dynType, formatType, sameType, type CelType } from '../types.ts'
import { unwrapOptional } from './unify.ts'
import {
  CelArray,
  CelDuration,
  CelEntries,
  CelFailure,
  CelTimestamp,
  CelTypeValue,
  CelUint,
  type CelValue,
} from '../values.ts'

const textOf = (node: CelNode | undefined): string | undefined =>
  node?.kind === 'literal' && typeof node.value === 'string' ? node.value : undefined

/** Enough for any format string of a literal list. */
const formatLimit = 1_000_000

/** A value that stands for all of its type; undefined where anything may come. */
function sampleOf(type: CelType | undefined): CelValue | undefined {
  // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- all other kinds are alike
  switch (type?.kind) {
    case 'string':
      return ''
    case 'int':
      return 0n
    case 'uint':
      return new CelUint(0n)
    case 'double':
      return 0
    case 'bool':
      return false
    case 'null':
      return null
    case 'bytes':
      return new Uint8Array()
    case 'list':
      return new CelArray([])
    case 'map':
      return new CelEntries(new Map())
    case 'timestamp':
      return new CelTimestamp(0n)
    case 'duration':
      return new CelDuration(0n)
    case 'type':
      return new CelTypeValue(type)
    default:
      return undefined
  }
}

/** A format string that is a literal is tried on values of the types it will get. */
function formatIssue(node: CallNode, types: ReadonlyMap<number, CelType>): CelIssue[] {
  const template = textOf(node.target)
  const [list] = node.args
  if (template === undefined || list?.kind !== 'list') return []
  const values: CelValue[] = []
  for (const { value } of list.elements) {
    const sample = value.kind === 'literal' ? value.value : sampleOf(types.get(value.id))
    if (sample === undefined) return []
    values.push(sample)
  }
  const problem = formatProblem(template, new CelArray(values), new CelBudget(formatLimit))
  if (problem === undefined) return []
  const element = problem.argument === undefined ? undefined : list.elements[problem.argument]?.value
  return [{ at: (element ?? node).at, message: problem.message }]
}

function callIssues(node: CallNode, types: ReadonlyMap<number, CelType>): CelIssue[] {
  const [first, second] = node.args
  const text = textOf(first)
  const issue = (at: CelNode | undefined): CelIssue[] =>
    at === undefined ? [] : [{ at: at.at, message: `invalid ${node.name} argument` }]
  switch (node.name) {
    case 'duration':
      return text !== undefined && parseDurationText(text) === undefined ? issue(first) : []
    case 'timestamp':
      return text !== undefined && parseTimestampText(text) === undefined ? issue(first) : []
    case 'matches': {
      const pattern = node.target === undefined ? second : first
      const source = textOf(pattern)
      return source !== undefined && regexOf(source) instanceof CelFailure ? issue(pattern) : []
    }
    case 'format':
      return formatIssue(node, types)
    default:
      return []
  }
}

/** Elements, keys and values of a literal are of one type each, even where that is dyn. */
function mixtureIssues(
  nodes: readonly { node: CelNode; optional: boolean }[],
  types: ReadonlyMap<number, CelType>,
): CelIssue[] {
  const issues: CelIssue[] = []
  let wanted: CelType | undefined
  for (const { node, optional } of nodes) {
    const own = types.get(node.id) ?? dynType
    const type = optional ? unwrapOptional(own).type : own
    wanted ??= type
    if (sameType(wanted, type)) continue
    issues.push({ at: node.at, message: `expected type '${formatType(wanted)}' but found '${formatType(type)}'` })
  }
  return issues
}

function literalMixtures(node: CelNode, types: ReadonlyMap<number, CelType>): CelIssue[] {
  if (node.kind === 'list')
    return mixtureIssues(
      node.elements.map(({ value, optional }) => ({ node: value, optional })),
      types,
    )
  if (node.kind !== 'map') return []
  return [
    ...mixtureIssues(
      node.entries.map(({ key }) => ({ node: key, optional: false })),
      types,
    ),
    ...mixtureIssues(
      node.entries.map(({ value, optional }) => ({ node: value, optional })),
      types,
    ),
  ]
}

/** All that is wrong with literals of an expression whose types are right; what is formatted may be mixed. */
export function literalIssues(root: CelNode, types: ReadonlyMap<number, CelType>, inFormat = false): CelIssue[] {
  const formatted = inFormat || (root.kind === 'call' && root.name === 'format')
  const own = root.kind === 'call' ? callIssues(root, types) : formatted ? [] : literalMixtures(root, types)
  return [...own, ...childrenOf(root).flatMap((child) => literalIssues(child, types, formatted))]
}
