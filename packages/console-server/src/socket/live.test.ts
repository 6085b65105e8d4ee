import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { silentLogger } from '@berth/base'
import { liveProtocol } from '@berth/view'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import type { ChannelContext, Refusal } from '../channels/channel.ts'
import { ConsoleError } from '../errors.ts'
import { Effort } from './effort.ts'
import { serveLive } from './live.ts'
import { maxChannels, nothingOpen, type OpenOf } from './people.ts'

interface Opened {
  request: unknown
  send: (update: unknown) => void
  refuse: (refusal: Refusal) => void
  log: string[]
}

let opened: Opened[] = []
const kind = {
  parse(request: unknown): unknown {
    if (request === 'bad') throw new ConsoleError('BadRequest', 'request: is bad')
    return request
  },
  open(options: Omit<Opened, 'log'>) {
    if (options.request === 'broken') throw new Error('secret cause')
    const log: string[] = []
    opened.push({ ...options, log })
    if (options.request === 'forbidden') options.refuse({ reason: 'Forbidden', message: 'not for you' })
    return {
      change: (request: unknown) => void log.push(`change ${String(request)}`),
      resync() {
        log.push('resync')
        options.send('everything')
      },
      close: () => void log.push('close'),
    }
  },
}

let person: OpenOf
/** Of the clock by which a person's debt of work is forgotten. */
let nowMs = 0
let server: Server
let browser: WebSocket
let messages: { type: string; id: number; update?: unknown; reason?: string; message?: string }[] = []

beforeEach(async () => {
  opened = []
  nowMs = 0
  person = { ...nothingOpen(), effort: new Effort({ now: () => nowMs, used: () => 0 }) }
  messages = []
  server = createServer()
  const sockets = new WebSocketServer({ server })
  const end = new AbortController()
  const context: ChannelContext = {
    clusters: [],
    clock: { now: () => new Date(), after: () => () => {} },
    logger: silentLogger,
    dataDirectory: '',
    part() {
      throw new Error('the multiplexer needs no parts')
    },
    session: { id: 'x', owner: 'x', displayName: 'x', identities: new Map(), admin: false, signal: end.signal },
  }
  sockets.on('connection', (socket) => serveLive(socket, context, { table: { rows: kind }, person }))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  browser = new WebSocket(`ws://127.0.0.1:${port}`, [liveProtocol])
  browser.on('message', (data: Buffer) => messages.push(JSON.parse(data.toString('utf8')) as (typeof messages)[number]))
  await once(browser, 'open')
})
afterEach(() => {
  browser.terminate()
  server.close()
  server.closeAllConnections()
})

function say(message: object): void {
  browser.send(JSON.stringify(message))
}

async function channel(id: number, request: unknown): Promise<Opened> {
  const before = opened.length
  say({ type: 'open', id, channel: 'rows', request })
  await expect.poll(() => opened.length).toBe(before + 1)
  const last = opened.at(-1)
  if (last === undefined) throw new Error('no channel')
  return last
}

describe('a channel', () => {
  it('is opened, moved, asked again and closed under its number', async () => {
    const one = await channel(1, 'first')
    const two = await channel(2, 'second')
    one.send('a')
    two.send('b')
    await expect.poll(() => messages.length).toBe(2)
    expect(messages).toEqual([
      { type: 'update', id: 1, channel: 'rows', update: 'a' },
      { type: 'update', id: 2, channel: 'rows', update: 'b' },
    ])
    say({ type: 'open', id: 1, channel: 'rows', request: 'moved' })
    say({ type: 'resync', id: 1 })
    say({ type: 'close', id: 1 })
    say({ type: 'resync', id: 1 })
    await expect.poll(() => one.log).toEqual(['change moved', 'resync', 'close'])
    one.send('late')
    two.send('c')
    await expect.poll(() => messages.at(-1)?.update).toBe('c')
    expect(messages.map(({ update }) => update)).not.toContain('late')
    expect(two.log).toEqual([])
  })

  it('that refuses, cannot read its request or breaks is closed with a reason, and tells no secrets', async () => {
    for (const [id, request] of ['forbidden', 'bad', 'broken'].entries())
      say({ type: 'open', id, channel: 'rows', request })
    await expect.poll(() => messages.length).toBe(3)
    expect(messages).toMatchObject([
      { type: 'refused', id: 0, reason: 'Forbidden', message: 'not for you' },
      { type: 'refused', id: 1, reason: 'BadRequest', message: 'request: is bad' },
      { type: 'refused', id: 2, reason: 'Unavailable' },
    ])
    expect(messages[2]?.message).not.toContain('secret')
    expect(opened[0]?.log).toEqual(['close'])
  })

  it('ends with its socket, and counts no more', async () => {
    const one = await channel(1, 'first')
    expect(person.channels).toBe(1)
    browser.close()
    await expect.poll(() => one.log).toEqual(['close'])
    expect(person.channels).toBe(0)
  })

  it('of somebody who keeps the server busy waits, and is asked the newest question only', async () => {
    const one = await channel(1, 'first')
    person.effort.charge(2125)
    for (let count = 0; count < 50; count++) say({ type: 'open', id: 1, channel: 'rows', request: `question ${count}` })
    say({ type: 'open', id: 2, channel: 'rows', request: 'closed before its turn' })
    say({ type: 'close', id: 2 })
    // This waits for nothing, and was said last.
    say({ type: 'resync', id: 1 })
    await expect.poll(() => one.log).toEqual(['resync'])
    nowMs += 1000
    await expect.poll(() => one.log).toEqual(['resync', 'change question 49'])
    expect(opened).toHaveLength(1)
  })

  it('is refused to who has many of them on other sockets', async () => {
    person.channels = maxChannels
    say({ type: 'open', id: 1, channel: 'rows', request: 'one more' })
    await expect.poll(() => messages).toMatchObject([{ type: 'refused', id: 1, reason: 'Unavailable' }])
    expect(person.channels).toBe(maxChannels)
  })

  it('whose reader is slow keeps no queue: what was dropped is made good by the state at the end', async () => {
    const one = await channel(1, 'first')
    browser.pause()
    const update = 'x'.repeat(100_000)
    const sent = 1000
    for (let count = 0; count < sent; count++) {
      one.send(update)
      // The network takes what it can.
      if (count % 50 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    expect(one.log).toEqual([])
    browser.resume()
    await expect.poll(() => messages.at(-1)?.update).toBe('everything')
    expect(one.log).toEqual(['resync'])
    expect(messages.length).toBeLessThan(sent / 2)
  })
})
