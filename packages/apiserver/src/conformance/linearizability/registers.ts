/**
 * Is there one order of the operations on a key, in which each takes effect at one moment between its start and its end, that a
 * register with compare-and-swap would have answered like this? (Herlihy and Wing 1990; found as in Lowe 2017: all ways are followed
 * at once, and an operation is put in its place no earlier than an answer asks for it.)
 */

import { describeOperation, type Operation, type Outcome, type Version } from './history.ts'

/** `undefined` is absent. A revision of 0 is one that nobody has been told. */
type State = Version | undefined

/** One way it can have been: which of the open operations have taken effect, and what came of it. */
interface Way {
  done: ReadonlySet<number>
  state: State
}

/** More ways than this at once means that the history is too wide to decide. */
const mostWays = 200_000

/** @returns what is wrong, a text for each key at most; nothing when all is well */
export function checkRegisters(operations: readonly Operation[]): string[] {
  const revisions = new Map<string, number>()
  const problems: string[] = []
  for (const { outcome } of operations) {
    if (outcome.is !== 'ok' || outcome.version === undefined) continue
    const { text, revision } = outcome.version
    const known = revisions.get(text)
    if (known !== undefined && known !== revision)
      problems.push(`${text} was seen with two revisions: ${known} and ${revision}`)
    revisions.set(text, revision)
  }
  const byKey = Map.groupBy(operations, ({ key }) => key)
  for (const [, ofKey] of byKey) {
    const problem = checkKey(ofKey, (text) => revisions.get(text) ?? 0)
    if (problem !== undefined) problems.push(problem)
  }
  return problems
}

function checkKey(operations: readonly Operation[], revisionOf: (text: string) => number): string | undefined {
  const points = operations.flatMap((operation, id) => [
    { at: operation.started, id, operation, ends: false },
    { at: operation.ended, id, operation, ends: true },
  ])
  // What ends at the moment another starts may have overlapped it.
  points.sort((a, b) => a.at - b.at || Number(a.ends) - Number(b.ends))
  const open = new Map<number, Operation>()
  let ways: Way[] = [{ done: new Set(), state: undefined }]
  for (const { id, operation, ends } of points) {
    if (!ends) {
      open.set(id, operation)
      continue
    }
    const next = waysThrough(ways, id, open, revisionOf)
    open.delete(id)
    if (next.length === 0) {
      const states = [...new Set(ways.map(({ state }) => (state === undefined ? 'absent' : JSON.stringify(state))))]
      const others = [...open.values()].map(describeOperation)
      return [
        `no order explains ${describeOperation(operation)}`,
        `before it the state was ${states.join(' or ')}; open beside it:`,
        ...others,
      ].join('\n  ')
    }
    ways = next
  }
  return undefined
}

/** All ways in which operation `id` has taken effect (or, where its outcome is unknown, also those in which it never does). */
function waysThrough(
  ways: readonly Way[],
  id: number,
  open: ReadonlyMap<number, Operation>,
  revisionOf: (text: string) => number,
): Way[] {
  const found = new Map<string, Way>()
  const seen = new Set<string>()
  const optional = open.get(id)?.outcome.is === 'unknown'
  const keep = (way: Way): void => {
    const done = new Set(way.done)
    done.delete(id)
    found.set(nameOf({ done, state: way.state }), { done, state: way.state })
  }
  const pending = [...ways]
  for (let way = pending.pop(); way !== undefined; way = pending.pop()) {
    const name = nameOf(way)
    if (seen.has(name)) continue
    seen.add(name)
    if (seen.size > mostWays) throw new RangeError(`more than ${mostWays} ways: fewer clients or more keys are needed`)
    if (way.done.has(id) || optional) keep(way)
    if (way.done.has(id)) continue
    for (const [other, operation] of open) {
      if (way.done.has(other)) continue
      const after = step(operation, way.state, revisionOf)
      if (after !== undefined) pending.push({ done: new Set([...way.done, other]), state: after.state })
    }
  }
  return [...found.values()]
}

function nameOf({ done, state }: Way): string {
  return `${[...done].sort((a, b) => a - b).join()}|${state === undefined ? '' : `${state.revision} ${state.text}`}`
}

/** The state after the operation, or undefined when a register in `state` would not have answered so. */
function step(
  { action, outcome }: Operation,
  state: State,
  revisionOf: (text: string) => number,
): { state: State } | undefined {
  switch (outcome.is) {
    case 'absent':
      return state === undefined && action.do !== 'create' ? { state } : undefined
    case 'exists':
      return state !== undefined && action.do === 'create' ? { state } : undefined
    case 'conflict':
      return action.do === 'swap' && state !== undefined && state.revision !== action.expect ? { state } : undefined
    case 'unknown':
    case 'ok':
      return stepDone(action, outcome, state, revisionOf)
  }
}

function stepDone(
  action: Operation['action'],
  outcome: Outcome & { is: 'ok' | 'unknown' },
  state: State,
  revisionOf: (text: string) => number,
): { state: State } | undefined {
  const version = outcome.is === 'ok' ? outcome.version : undefined
  const written = (text: string): { state: State } => ({
    state: { text, revision: version?.revision ?? revisionOf(text) },
  })
  switch (action.do) {
    case 'get':
      if (outcome.is === 'unknown') return { state }
      return state !== undefined && version?.text === state.text && version.revision === state.revision
        ? { state }
        : undefined
    case 'delete':
      return state === undefined ? undefined : { state: undefined }
    case 'create':
      return state === undefined ? written(action.text) : undefined
    case 'patch':
      return state === undefined ? undefined : written(action.text)
    case 'swap':
      return state?.revision === action.expect ? written(action.text) : undefined
  }
}
