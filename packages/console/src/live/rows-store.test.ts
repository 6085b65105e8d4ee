import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Row } from '@berth/view'
import { connect } from './connection.ts'
import { createRowsStore, type RowsQuery, type RowsStore } from './rows-store.ts'
import { Loopback } from './testing/loopback.ts'
import { ManualClock } from './testing/manual-clock.ts'
import { names, WindowServer, workload } from './testing/window-server.ts'

const everything: RowsQuery = { table: 'workloads', query: '', sort: [] }

function start(count: number, query = everything) {
  const socket = new Loopback()
  const server = new WindowServer(socket)
  server.list = Array.from({ length: count }, (_, at) => workload(`vm-${String(at).padStart(5, '0')}`))
  const connection = connect({
    openSocket: () => socket,
    clock: new ManualClock(),
    random: () => 0.5,
    stillSignedIn: () => Promise.resolve(true),
  })
  const commits: (() => void)[] = []
  let frames = 0
  const store = createRowsStore({
    connection,
    query,
    visible: { from: 0, count: 20 },
    schedule: (commit) => commits.push(commit),
  })
  const frame = (): void => {
    for (const commit of commits.splice(0)) {
      frames++
      commit()
    }
  }
  const end = store.subscribe(() => undefined)
  socket.accept()
  const settle = (): void => {
    for (let round = 0; round < 4; round++) {
      server.serve()
      server.tick()
      frame()
    }
  }
  settle()
  return { socket, server, store, frame, settle, end, frames: () => frames }
}

function shownNames(store: RowsStore, from: number, count: number): (string | undefined)[] {
  return names(Array.from({ length: count }, (_, at) => store.line(from + at)))
}

describe('rows store', () => {
  it('shows the first window, its counts and rows', () => {
    const { store, server } = start(1000)
    expect(store.snapshot).toMatchObject({ status: 'live', lines: 1000, total: 1000, from: 0, waiting: 0 })
    expect(store.row('here/VirtualMachine/default/vm-00003')?.status).toBe('Running')
    expect(server.request?.count).toBeLessThan(100)
  })

  it('tells only the rows that changed, once per frame', () => {
    const { store, server, frame, frames } = start(1000)
    const told: string[] = []
    for (const name of ['vm-00001', 'vm-00002']) {
      store.subscribeRow(`here/VirtualMachine/default/${name}`, () => told.push(name))
    }
    const shape = store.snapshot
    const before = frames()
    for (const status of ['Stopping', 'Stopped', 'Starting']) {
      server.list[2] = workload('vm-00002', status)
      server.tick()
    }
    frame()
    expect(told).toEqual(['vm-00002'])
    expect(store.row('here/VirtualMachine/default/vm-00002')?.status).toBe('Starting')
    expect(store.snapshot).toBe(shape)
    expect(frames() - before).toBe(1)
  })

  it('asks for the whole window once when an update was missed', () => {
    const { store, server, socket, settle } = start(100)
    server.list[0] = workload('vm-00000', 'Paused')
    server.tick({ lost: true })
    server.list[1] = workload('vm-00001', 'Paused')
    server.tick()
    server.list[2] = workload('vm-00002', 'Paused')
    server.tick()
    expect(socket.received.filter(({ type }) => type === 'resync')).toHaveLength(1)
    settle()
    expect([0, 1, 2].map((at) => store.row(`here/VirtualMachine/default/vm-0000${at}`)?.status)).toEqual([
      'Paused',
      'Paused',
      'Paused',
    ])
  })

  it('has one moved window on its way at a time, and ends at the last', () => {
    const { store, server, socket, settle } = start(10_000)
    const opened = (): number => socket.received.filter(({ type }) => type === 'open').length
    const before = opened()
    for (let from = 0; from <= 9000; from += 100) store.setVisible({ from, count: 20 })
    expect(opened() - before).toBe(1)
    settle()
    expect(opened() - before).toBe(2)
    expect(server.request?.from).toBeGreaterThan(8900)
    expect(shownNames(store, 9000, 2)).toEqual(['vm-09000', 'vm-09001'])
  })

  it('holds rows where they are while values go on, and lets go when released', () => {
    const { store, server, settle } = start(100)
    const release = store.hold()
    server.list.unshift(workload('a-new-one'))
    server.list[1] = workload('vm-00000', 'Stopped')
    settle()
    expect(shownNames(store, 0, 2)).toEqual(['vm-00000', 'vm-00001'])
    expect(store.row('here/VirtualMachine/default/vm-00000')?.status).toBe('Stopped')
    expect(store.snapshot.waiting).toBeGreaterThan(0)
    expect(store.snapshot.total).toBe(101)
    expect(store.snapshot.lines).toBe(100)
    release()
    settle()
    expect(shownNames(store, 0, 2)).toEqual(['a-new-one', 'vm-00000'])
    expect(store.snapshot.waiting).toBe(0)
  })

  it('shows what waits when asked, and holds again after it', () => {
    const { store, server, settle } = start(50)
    store.hold()
    server.list.shift()
    settle()
    expect(shownNames(store, 0, 1)).toEqual(['vm-00000'])
    store.showWaiting()
    settle()
    expect(shownNames(store, 0, 1)).toEqual(['vm-00001'])
    server.list.shift()
    settle()
    expect(shownNames(store, 0, 1)).toEqual(['vm-00001'])
  })

  it('keeps the rows of the old query until the new one is answered', () => {
    const { store, server, frame, settle } = start(50)
    store.setQuery({ ...everything, query: 'web-' })
    frame()
    expect(store.snapshot.status).toBe('opening')
    expect(shownNames(store, 0, 1)).toEqual(['vm-00000'])
    expect(store.row('here/VirtualMachine/default/vm-00000')).toBeDefined()
    server.list = [workload('web-1')]
    settle()
    expect(store.snapshot).toMatchObject({ status: 'live', total: 1 })
    expect(shownNames(store, 0, 2)).toEqual(['web-1', undefined])
  })

  it('says why it was refused, and stays open to an answer', () => {
    const { store, socket, frame } = start(5)
    socket.say({ type: 'refused', id: 1, reason: 'Forbidden', message: 'You may not list machines.' })
    frame()
    expect(store.snapshot).toMatchObject({ status: 'refused', refusal: { message: 'You may not list machines.' } })
  })

  it('closes its channel with the last listener', () => {
    const { end, socket } = start(5)
    end()
    expect(socket.received.at(-1)).toEqual({ type: 'close', id: 1 })
  })

  it('is what the server has, after any changes, losses and moves', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('add' as const), at: fc.nat(200), lost: fc.boolean() }),
      fc.record({ kind: fc.constant('remove' as const), at: fc.nat(200), lost: fc.boolean() }),
      fc.record({ kind: fc.constant('change' as const), at: fc.nat(200), lost: fc.boolean() }),
      fc.record({ kind: fc.constant('scroll' as const), at: fc.nat(200), lost: fc.constant(false) }),
      fc.record({ kind: fc.constant('hold' as const), at: fc.nat(2), lost: fc.constant(false) }),
    )
    fc.assert(
      fc.property(fc.nat(200), fc.array(step, { maxLength: 60 }), (count, steps) => {
        const { store, server, frame, settle } = start(count)
        let made = 0
        let seen = { from: 0, count: 20 }
        const releases: (() => void)[] = []
        for (const { kind, at, lost } of steps) {
          const place = server.list.length === 0 ? 0 : at % server.list.length
          if (kind === 'add') server.list.splice(place, 0, workload(`new-${made++}`))
          else if (kind === 'remove') server.list.splice(place, 1)
          else if (kind === 'change' && server.list[place] !== undefined) {
            server.list[place] = { ...server.list[place], status: `state-${made++}` }
          } else if (kind === 'scroll') {
            seen = { from: at, count: 20 }
            store.setVisible(seen)
            server.serve()
          } else if (kind === 'hold') releases.push(store.hold())
          server.tick({ lost })
          if (at % 3 === 0) frame()
        }
        for (const release of releases) release()
        // A loss is found out by the next update.
        server.list.push(workload('the-last'))
        settle()
        const { window, from } = store.snapshot
        const expected = server.list.slice(from, from + window.length)
        expect(names(window)).toEqual(expected.map((row) => row.name))
        expect(window.map((line) => store.row(line as string))).toEqual(expected satisfies Row[])
        expect(store.snapshot.total).toBe(server.list.length)
        const reach = server.list.slice(seen.from, seen.from + seen.count).map((row) => row.name)
        expect(shownNames(store, seen.from, reach.length)).toEqual(reach)
      }),
      { numRuns: 150 },
    )
  })
})
