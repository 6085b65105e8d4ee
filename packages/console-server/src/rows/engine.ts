/**
 * The query engine: joins per cluster, tables per set of rights, views per question. Each is made for whoever needs it first and shared;
 * each ends some time after the last has let go.
 */

import type { Clock, Logger } from '@berth/base'
import { formatQuery, type Query, type SourceState } from '@berth/view'
import type { Cluster, Identity } from '../clusters/cluster.ts'
import { metrics, type Metrics } from '../metrics/metrics.ts'
import type { Part } from '../parts.ts'
import type { Watches } from '../watches/contract.ts'
import { identityKey } from '../watches/identity-key.ts'
import { watches } from '../watches/registry.ts'
import { createShared } from '../watches/shared.ts'
import type { Entry } from './entry.ts'
import { createJoin, type Join } from './join.ts'
import { allKinds } from './kinds.ts'
import { createPerson, type Person } from './person.ts'
import { createTable, type Table } from './table.ts'
import { createView, type View, type ViewRequest } from './view.ts'

/** Somebody at a cluster. */
export interface Place {
  cluster: Cluster
  identity: Identity
}

export interface OpenRows {
  /** The list as it is now; another object after rights have changed. */
  readonly view: View
  sources(): SourceState[]
  /** Asks something else of the same places. */
  ask(request: ViewRequest): void
  close(): void
}

export interface RowsEngine {
  /** @param onChange called after the view, its rows or its sources have changed; never during the call */
  open(options: { places: readonly Place[]; request: ViewRequest; onChange: () => void }): OpenRows
  /**
   * All rows that match now, in order, once the machines of each place are in, or after `patienceMs` with what there is.
   * For plans and exports.
   */
  select(options: { places: readonly Place[]; request: ViewRequest; patienceMs?: number }): Promise<{
    entries: Entry[]
    sources: SourceState[]
  }>
  close(): Promise<void>
}

interface Taken<Value> {
  value: Value
  release: () => void
}

/** A shared thing with what it stands on. */
interface Held<Value> {
  value: Value
  close: () => void
  below: readonly (() => void)[]
}

function end({ close, below }: Held<unknown>): void {
  close()
  for (const release of below) release()
}

/** Unused views are cheap to keep for a page that is turned back to, and cost work at every change. */
const viewLingerMs = 5_000
const joinLingerMs = 60_000

export function createRowsEngine(options: {
  clock: Clock
  logger: Logger
  watches: Watches
  latest?: Metrics['latest']
}): RowsEngine {
  const { clock, logger, watches: registry, latest } = options
  const joins = createShared<Join>({ clock, lingerMs: joinLingerMs, end: (join) => join.close() })
  // Each holds on to what it is made from: a view that is shared never stands on a table that has ended.
  const people = createShared<Held<Person>>({ clock, lingerMs: viewLingerMs, end })
  const tables = createShared<Held<Table>>({ clock, lingerMs: viewLingerMs, end })
  const views = createShared<Held<View>>({ clock, lingerMs: viewLingerMs, end })

  /** Without a client of the deployment's own, everybody watches for themselves. */
  const baseOf = ({ cluster, identity }: Place): string =>
    `${cluster.id} ${cluster.service === undefined ? identityKey(identity) : 'service'}`

  const takeJoin = ({ cluster, identity }: Place): Taken<Join> =>
    joins.take(baseOf({ cluster, identity }), () =>
      createJoin({ cluster, identity, watches: registry, latest, clock, logger }),
    )

  function takePerson(place: Place): Taken<Person> {
    const { cluster, identity } = place
    const { value, release } = people.take(`${cluster.id} ${identityKey(identity)}`, () => {
      const join = takeJoin(place)
      const person = createPerson({ cluster, identity, watches: registry, join: join.value })
      return { value: person, close: () => person.close(), below: [join.release] }
    })
    return { value: value.value, release }
  }

  const tableKey = (place: Place, person: Person | undefined): string =>
    `${baseOf(place)} ${person?.seesAll === true ? 'all' : identityKey(place.identity)}`

  /** The table that fits the person's rights now. */
  function takeTable(place: Place, person: Person): Taken<Table> {
    const all = person.seesAll
    const { value, release } = tables.take(tableKey(place, person), () => {
      const join = takeJoin(place)
      const own = takePerson(place)
      const table = createTable(join.value, all ? () => allKinds : (namespace) => own.value.mask(namespace))
      // Whose rights are all of them needs nobody's.
      if (all) own.release()
      const off = all ? () => {} : own.value.onChange((what) => what === 'rights' && table.refresh())
      return {
        value: table,
        close() {
          off()
          table.close()
        },
        below: [join.release, own.release],
      }
    })
    return { value: value.value, release }
  }

  function takeView(places: readonly Place[], persons: readonly Person[], request: ViewRequest): Taken<View> {
    const pairs = places.flatMap((place, at) => {
      const person = persons[at]
      return person === undefined ? [] : [{ place, person }]
    })
    const keys = pairs.map(({ place, person }) => tableKey(place, person)).sort()
    const question = JSON.stringify([keys, formatQuery(request.query), request.sort, request.group])
    const { value, release } = views.take(question, () => {
      const taken = pairs.map(({ place, person }) => takeTable(place, person))
      const tablesOf = taken.map((table) => table.value)
      const view = createView(tablesOf, request, clock)
      return { value: view, close: () => view.close(), below: taken.map((table) => table.release) }
    })
    return { value: value.value, release }
  }

  function open(of: Parameters<RowsEngine['open']>[0]): OpenRows {
    const { places, onChange } = of
    const persons = places.map(takePerson)
    const personsNow = persons.map(({ value }) => value)
    const fit = (): string => places.map((place, at) => tableKey(place, personsNow[at])).join(';')
    let request = of.request
    let fits = fit()
    let view = look()

    function look(): Taken<View> & { off: () => void } {
      const taken = takeView(places, personsNow, request)
      return { ...taken, off: taken.value.onChange(onChange) }
    }

    /** Takes the new one before it lets go of the old, so that what both need stays. */
    function lookAgain(): void {
      const before = view
      fits = fit()
      view = look()
      before.off()
      before.release()
    }

    const off = personsNow.map((person) =>
      person.onChange((what) => {
        if (what === 'rights' && fit() !== fits) lookAgain()
        onChange()
      }),
    )
    return {
      get view() {
        return view.value
      },
      sources: () => personsNow.flatMap((person) => person.sources()),
      ask(next) {
        request = next
        lookAgain()
      },
      close() {
        for (const each of off) each()
        view.off()
        view.release()
        for (const person of persons) person.release()
      },
    }
  }

  async function select(of: Parameters<RowsEngine['select']>[0]): ReturnType<RowsEngine['select']> {
    const { places, request, patienceMs = 10_000 } = of
    let look = (): void => {}
    const rows = open({ places, request, onChange: () => look() })
    try {
      await new Promise<void>((resolve) => {
        const cancel = clock.after(patienceMs, resolve)
        look = () => {
          if (rows.sources().some(({ state }) => state === 'loading')) return
          cancel()
          resolve()
        }
        look()
      })
      return { entries: rows.view.entries(), sources: rows.sources() }
    } finally {
      rows.close()
    }
  }

  return {
    open,
    select,
    async close() {
      await views.close()
      await tables.close()
      await people.close()
      await joins.close()
    },
  }
}

/** Everything, in the order of names. */
export const everything: ViewRequest = { query: { terms: [] } satisfies Query, sort: [] }

/** `context.part(rows)`: the one engine of the server. */
export const rows: Part<RowsEngine> = {
  name: 'rows',
  create({ clock, logger, part }) {
    const measured = part(metrics)
    return createRowsEngine({
      clock,
      logger,
      watches: part(watches),
      latest: (cluster, onRound) => measured.latest(cluster, onRound),
    })
  },
  close: (made) => made.close(),
}
