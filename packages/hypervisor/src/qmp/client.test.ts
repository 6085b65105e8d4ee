import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { DriverError } from '../driver.ts'
import { qmpLimits } from './framing.ts'
import { QmpClient, type QmpEvent } from './client.ts'

const greeting =
  '{"QMP": {"version": {"qemu": {"micro": 0, "minor": 2, "major": 7}, "package": ""}, "capabilities": []}}\r\n'

describe('QmpClient', () => {
  let folder: string
  let server: Server
  let peers: Socket[]
  let onConnection: (peer: Socket) => void
  const events: QmpEvent[] = []
  let closed: (error: DriverError | undefined) => void = () => {}

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'berth-qmp-'))
    peers = []
    events.length = 0
    server = createServer((peer) => {
      peers.push(peer)
      peer.on('error', () => peer.destroy())
      onConnection(peer)
    }).listen(join(folder, 's'))
    await once(server, 'listening')
  })

  afterEach(async () => {
    for (const peer of peers) peer.destroy()
    server.close()
    await rm(folder, { recursive: true })
  })

  function open(timeoutMs = 60_000): Promise<QmpClient> {
    return QmpClient.connect({
      stream: connect(join(folder, 's')),
      peer: 'QEMU of test',
      onEvent: (event) => events.push(event),
      onClose: (error) => closed(error),
      timeoutMs,
    })
  }

  /** Answers each command line with what `answer` makes of it. */
  function answering(answer: (message: { execute: string; id: number }) => string): (peer: Socket) => void {
    return (peer) => {
      peer.write(greeting)
      peer.on('data', (chunk) => {
        for (const line of chunk.toString().trim().split('\n')) peer.write(answer(JSON.parse(line)))
      })
    }
  }

  it('does not wait for the greeting of a peer that is gone', async () => {
    const stream = connect(join(folder, 's'))
    onConnection = () => {}
    await once(stream, 'connect')
    stream.destroy()
    await once(stream, 'close')
    const opening = QmpClient.connect({ stream, peer: 'QEMU of test', onEvent() {}, onClose() {}, timeoutMs: 60_000 })
    await expect(opening).rejects.toThrow('the connection closed')
  })

  it('matches answers to commands by id, in any order, with events between', async () => {
    const held: string[] = []
    onConnection = answering(({ execute, id }) => {
      if (execute === 'qmp_capabilities') return `{"return": {}, "id": ${id}}\n`
      held.unshift(`{"return": {"status": "s${id}"}, "id": ${id}}\n`)
      return held.length === 2 ? `{"event": "STOP", "timestamp": {}}\n${held.join('')}` : ''
    })
    const client = await open()
    expect(await Promise.all([client.execute('query-status'), client.execute('query-status')])).toEqual(['s2', 's3'])
    expect(events).toEqual([{ name: 'STOP', data: {} }])
    client.close()
  })

  it('gives QEMU’s class and words when refused', async () => {
    onConnection = answering(({ execute, id }) =>
      execute === 'qmp_capabilities'
        ? `{"return": {}, "id": ${id}}\n`
        : `{"error": {"class": "DeviceNotFound", "desc": "no such thing"}, "id": ${id}}\n`,
    )
    const client = await open()
    await expect(client.execute('set_link', { name: 'x', up: true })).rejects.toMatchObject({
      code: 'Refused',
      message: 'QEMU of test refused: no such thing (DeviceNotFound)',
    })
    client.close()
  })

  it('times out when the peer never greets', async () => {
    onConnection = () => {}
    await expect(open(20)).rejects.toMatchObject({ code: 'Timeout' })
  })

  it.each([
    ['garbage', 'hello\n'],
    ['a reply that never ends', 'x'.repeat(qmpLimits.maxBytes + 1)],
    ['deep nesting', `{"return":${'['.repeat(5000)}\n`],
    ['an answer of the wrong type', '[]\n'],
  ])('ends with a Protocol error on %s, and rejects what is waiting', async (_, bytes) => {
    onConnection = answering(({ execute, id }) =>
      execute === 'qmp_capabilities' ? `{"return": {}, "id": ${id}}\n` : bytes,
    )
    const over = new Promise<DriverError | undefined>((resolve) => {
      closed = resolve
    })
    const client = await open()
    await expect(client.execute('query-status')).rejects.toMatchObject({ code: 'Protocol' })
    expect(await over).toMatchObject({ code: 'Protocol' })
    await expect(client.execute('query-status')).rejects.toMatchObject({ code: 'Protocol' })
  })

  it('rejects what is waiting when the peer goes away', async () => {
    onConnection = (peer) => {
      answering(({ execute, id }) => (execute === 'qmp_capabilities' ? `{"return": {}, "id": ${id}}\n` : ''))(peer)
      peer.on('data', (chunk) => {
        if (chunk.toString().includes('query-status')) peer.destroy()
      })
    }
    const client = await open()
    const asked = client.execute('query-status')
    await expect(asked).rejects.toMatchObject({ code: 'Protocol' })
    expect(client.closed).toBe(true)
  })

  it('refuses an answer that lacks what the command promises', async () => {
    onConnection = answering(({ execute, id }) =>
      execute === 'qmp_capabilities' ? `{"return": {}, "id": ${id}}\n` : `{"return": {"status": 7}, "id": ${id}}\n`,
    )
    const client = await open()
    await expect(client.execute('query-status')).rejects.toMatchObject({
      code: 'Protocol',
      message: /query-status.status/,
    })
    client.close()
  })
})
