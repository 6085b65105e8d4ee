import { describe, expect, it } from 'vitest'
import { connect, type ConnectionOptions } from './connection.ts'
import { Loopback } from './testing/loopback.ts'
import { ManualClock } from './testing/manual-clock.ts'

const machine = { cluster: 'here', group: 'kubevirt.io', version: 'v1', resource: 'virtualmachines', name: 'db' }
const nobody = { onUpdate: () => undefined, onRefused: () => undefined }

function start(options: Partial<ConnectionOptions> = {}) {
  const sockets: Loopback[] = []
  const clock = new ManualClock()
  const connection = connect({
    openSocket: () => {
      const socket = new Loopback()
      sockets.push(socket)
      return socket
    },
    clock,
    random: () => 0.5,
    stillSignedIn: () => Promise.resolve(true),
    ...options,
  })
  // It opens with the first channel; tests that need none open this one.
  const opened = (): void => connection.openChannel({ channel: 'tasks', request: {}, listener: nobody }).close()
  const last = (): Loopback => {
    const socket = sockets.at(-1)
    if (socket === undefined) throw new Error('no socket was opened')
    return socket
  }
  return { connection, sockets, clock, last, opened }
}

describe('live connection', () => {
  it('sends channels that were opened before the line was', () => {
    const { connection, last } = start()
    connection.openChannel({ channel: 'object', request: machine, listener: nobody })
    expect(last().received).toEqual([])
    last().accept()
    expect(last().received).toEqual([{ type: 'open', id: 1, channel: 'object', request: machine }])
  })

  it('gives updates and refusals to the channel they belong to', () => {
    const { connection, last } = start()
    const seen: unknown[] = []
    const listener = { onUpdate: (update: unknown) => seen.push(update), onRefused: (why: unknown) => seen.push(why) }
    connection.openChannel({ channel: 'object', request: machine, listener })
    connection.openChannel({ channel: 'tasks', request: {}, listener: nobody })
    last().accept()
    last().say({ type: 'update', id: 1, channel: 'object', update: { state: 'absent' } })
    last().say({ type: 'update', id: 2, channel: 'tasks', update: { kind: 'all', tasks: [] } })
    last().say({ type: 'refused', id: 1, reason: 'Forbidden', message: 'no' })
    expect(seen).toEqual([{ state: 'absent' }, { reason: 'Forbidden', message: 'no' }])
  })

  it('is silent about a channel that is closed, also when an update crosses the close', () => {
    const { connection, last } = start()
    const seen: unknown[] = []
    const channel = connection.openChannel({
      channel: 'object',
      request: machine,
      listener: { ...nobody, onUpdate: (update) => seen.push(update) },
    })
    last().accept()
    channel.close()
    channel.close()
    channel.resync()
    last().say({ type: 'update', id: 1, channel: 'object', update: { state: 'absent' } })
    expect(seen).toEqual([])
    expect(last().received.map(({ type }) => type)).toEqual(['open', 'close'])
  })

  it('comes back by itself, waits longer after each failure, and opens every channel with its latest request', () => {
    const { connection, clock, sockets, last } = start()
    const channel = connection.openChannel({ channel: 'object', request: machine, listener: nobody })
    connection.openChannel({ channel: 'tasks', request: {}, listener: nobody }).close()
    last().accept()
    channel.change({ ...machine, name: 'web' })
    last().drop(1006)
    const waits: number[] = []
    for (let failure = 0; failure < 12; failure++) {
      const { state } = connection
      if (state.kind !== 'waiting') throw new Error(`it is ${state.kind}`)
      const wait = state.retryAt - clock.now().getTime()
      waits.push(wait)
      clock.advance(wait)
      if (failure < 11) last().drop(1006)
    }
    expect(sockets).toHaveLength(13)
    expect(waits[0]).toBeLessThan(400)
    expect(waits[4]).toBeGreaterThan(3000)
    expect(Math.max(...waits)).toBeLessThanOrEqual(15_000)
    last().accept()
    expect(connection.state.kind).toBe('open')
    expect(last().received).toEqual([{ type: 'open', id: 1, channel: 'object', request: { ...machine, name: 'web' } }])
  })

  it('tries at once when asked', () => {
    const { connection, sockets, last, opened } = start()
    expect(connection.state.kind).toBe('idle')
    opened()
    last().accept()
    connection.reconnect()
    expect(sockets).toHaveLength(1)
    last().drop(1006)
    connection.reconnect()
    expect(sockets).toHaveLength(2)
  })

  it('stops when the session is over, told by the server or found out', async () => {
    const told = start()
    told.opened()
    told.last().accept()
    told.last().drop(4401)
    expect(told.connection.state.kind).toBe('signed-out')
    told.clock.advance(60_000)
    expect(told.sockets).toHaveLength(1)

    const found = start({ stillSignedIn: () => Promise.resolve(false) })
    found.opened()
    found.last().drop(1006)
    await expect.poll(() => found.connection.state.kind).toBe('signed-out')
    found.opened()
    expect(found.sockets).toHaveLength(2)
  })

  it('tries on while nobody can say whether the session is over', async () => {
    const { sockets, clock, last, opened } = start({ stillSignedIn: () => Promise.reject(new Error('unreachable')) })
    opened()
    last().drop(1006)
    await Promise.resolve()
    clock.advance(60_000)
    expect(sockets).toHaveLength(2)
  })

  it('tells its subscribers of each state', () => {
    const { connection, last, opened } = start()
    const states: string[] = []
    const end = connection.subscribe(() => states.push(connection.state.kind))
    opened()
    last().accept()
    last().drop(1001)
    connection.reconnect()
    connection.close()
    end()
    expect(states).toEqual(['connecting', 'open', 'waiting', 'connecting', 'closed'])
    expect(last().closed).toBe(true)
  })
})
