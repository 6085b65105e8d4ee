/**
 * Do lists and watches agree with the one order of all changes? That order is what a watch from the first revision tells at the end
 * of it all; the writes that were acknowledged hold it to the truth.
 */

import { describeOperation, type History, type Listing, type SeenEvent, type Version, type Watched } from './history.ts'

/** @returns what is wrong, one text each; nothing when all is well */
export function checkLog(log: readonly SeenEvent[], { operations, listings, watched }: History): string[] {
  const problems = [...checkShape(log)]
  const written = new Map(log.map((event) => [event.version.revision, event]))
  for (const operation of operations) {
    const { action, outcome, key } = operation
    if (outcome.is !== 'ok' || outcome.version === undefined) continue
    const found = written.get(outcome.version.revision)
    const same = found?.type !== 'DELETED' && found?.key === key && found.version.text === outcome.version.text
    const what = action.do === 'get' ? 'was read' : 'was acknowledged'
    if (!same) problems.push(`${what}, and the log knows nothing of it: ${describeOperation(operation)}`)
  }
  for (const listing of listings) problems.push(...checkListing(log, listing))
  problems.push(...checkFreshness(operations, listings))
  for (const each of watched) problems.push(...checkWatched(log, each))
  return problems
}

/** Revisions rise, an object begins with ADDED and ends with DELETED. */
function* checkShape(log: readonly SeenEvent[]): Generator<string> {
  const living = new Set<string>()
  let last = 0
  for (const { type, key, version } of log) {
    if (version.revision <= last) yield `the log goes from revision ${last} to ${version.revision}`
    last = version.revision
    if ((type === 'ADDED') === living.has(key)) yield `${type} ${key} at ${version.revision} does not follow`
    if (type === 'DELETED') living.delete(key)
    else living.add(key)
  }
}

function stateAt(log: readonly SeenEvent[], revision: number): Map<string, Version> {
  const state = new Map<string, Version>()
  for (const { type, key, version } of log) {
    if (version.revision > revision) break
    if (type === 'DELETED') state.delete(key)
    else state.set(key, version)
  }
  return state
}

/** A list is the state at its revision. */
function* checkListing(log: readonly SeenEvent[], { revision, items }: Listing): Generator<string> {
  const expected = lines(stateAt(log, revision))
  const found = lines(items)
  if (expected !== found) yield `the list at revision ${revision} is\n${found}\nand should be\n${expected}`
}

function lines(state: ReadonlyMap<string, Version>): string {
  return [...state]
    .map(([key, { revision, text }]) => `  ${key} ${revision} ${text}`)
    .sort()
    .join('\n')
}

/** A list shows every write that was acknowledged before it was asked for, and none that was asked for after it. */
function* checkFreshness(operations: History['operations'], listings: readonly Listing[]): Generator<string> {
  for (const listing of listings) {
    for (const operation of operations) {
      const { action, outcome } = operation
      if (outcome.is !== 'ok' || outcome.version === undefined || action.do === 'get') continue
      const { revision } = outcome.version
      if (operation.ended < listing.started && revision > listing.revision)
        yield `the list at revision ${listing.revision} was asked for after ${describeOperation(operation)}`
      if (operation.started > listing.ended && revision <= listing.revision)
        yield `the list at revision ${listing.revision} was answered before ${describeOperation(operation)}`
    }
  }
}

/** A watcher saw exactly the changes of its selection from its first to its last revision, in their order. */
function* checkWatched(log: readonly SeenEvent[], watcher: Watched): Generator<string> {
  const { name, from, until, events } = watcher
  const expected = eventsFor(log, watcher)
  for (const [index, event] of events.entries()) {
    const wanted = expected[index]
    if (wanted !== undefined && describeEvent(wanted) === describeEvent(event)) continue
    const should = wanted === undefined ? 'nothing' : describeEvent(wanted)
    yield `watcher ${name} saw ${describeEvent(event)} as event ${index}, and should have seen ${should}`
    return
  }
  const missed = expected[events.length]
  if (missed !== undefined)
    yield `watcher ${name} was told of all from ${from} to ${until}, and not of ${describeEvent(missed)}`
}

function describeEvent({ type, key, version }: SeenEvent): string {
  // The text of a deletion is the last one, and part of the claim.
  return `${type} ${key} ${version.text} at ${version.revision}`
}

/** What the log is for a selection: what begins to match is added, what ceases to is deleted. */
export function eventsFor(log: readonly SeenEvent[], { selects = () => true, from, until }: Watched): SeenEvent[] {
  const before = new Map<string, Version>()
  const events: SeenEvent[] = []
  for (const { type, key, version } of log) {
    const last = before.get(key)
    const matched = last !== undefined && selects(last.text)
    const matches = type !== 'DELETED' && selects(version.text)
    if (type === 'DELETED') before.delete(key)
    else before.set(key, version)
    if (version.revision <= from || version.revision > until || (!matched && !matches)) continue
    if (matched && matches) events.push({ type: 'MODIFIED', key, version })
    else if (matches) events.push({ type: 'ADDED', key, version })
    // What leaves the selection is shown as it was when it still matched, under the new revision.
    else events.push({ type: 'DELETED', key, version: { revision: version.revision, text: last?.text ?? '' } })
  }
  return events
}
