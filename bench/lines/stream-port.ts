import { once } from 'node:events'
import { connect, createServer, type AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { join } from 'node:path'
import { connectionOf, createHttpTransport, loadKubeconfig, type Connection } from '@berth/kube'
import { startBareRelay } from '../baselines/bare-relay.ts'
import type { BenchContext } from '../context.ts'
import { freshEngine } from '../engine/fixtures.ts'
import { against, type BenchLine, type Measurement } from '../line.ts'
import { openStarter } from '../load/machine-starts.ts'
import { machine } from '../load/objects.ts'
import { median, spread } from '../statistics.ts'

const mebibyte = 1024 * 1024
const megabyte = 1_000_000
const piece = Buffer.alloc(64 * 1024, 7)
const protocol = 'plain.kubevirt.io'

/** What carries the bytes: the engine, or the bare relay. */
interface Way {
  open(): Promise<Duplex>
  usedMs(): Promise<number>
}

export const streamPort: BenchLine = {
  name: 'stream-port',
  what: 'bytes from a port of a machine, over TLS and WebSocket',
  // 200 MB/s.
  budget: { of: 'value', bound: 'at most', amount: 5 },
  run: (context) => measure(context, { source: sourceOf, carry: receive }),
}

export const streamPortUp: BenchLine = {
  name: 'stream-port-up',
  what: 'bytes to a port of a machine, over TLS and WebSocket',
  budget: { of: 'value', bound: 'at most', amount: 5 },
  run: (context) => measure(context, { source: sinkOf, carry: send }),
}

interface Direction {
  /** What is behind the port. @returns its number */
  source(this: void, context: BenchContext, bytes: number): Promise<number>
  carry(this: void, stream: Duplex, bytes: number): Promise<void>
}

async function measure(context: BenchContext, { source, carry }: Direction): Promise<Measurement> {
  const bytes = (context.quick ? 64 : 256) * mebibyte
  const port = await source(context, bytes)
  const { engine, access, dataDir } = await freshEngine(context, 'simulated')
  const starter = await openStarter(access)
  await starter.start(machine('port', { runStrategy: 'Always' }))
  starter.close()
  await engine.call('portToHost', { port })
  const { connection } = await connectionOf(await loadKubeconfig([engine.kubeconfig]))
  const relay = await startBareRelay(context, { pki: join(dataDir, 'pki'), to: port })
  const through = wayOver(context, connection, async () => (await engine.call('cpu', null)).usedMs)
  const bare = wayOver(context, { ...connection, server: `https://127.0.0.1:${relay.port}` }, () => relay.usedMs())
  const tcp: Way = {
    async open() {
      const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
      await once(socket, 'connect')
      return socket
    },
    usedMs: async () => 0,
  }
  const times = { through: [] as number[], bare: [] as number[], tcp: [] as number[] }
  const work = { through: [] as number[], bare: [] as number[], tcp: [] as number[] }
  for (let round = 0; round < (context.quick ? 3 : 7); round += 1) {
    for (const [name, way] of [['through', through] as const, ['bare', bare] as const, ['tcp', tcp] as const]) {
      const before = await way.usedMs()
      const started = performance.now()
      const stream = await way.open()
      await carry(stream, bytes)
      times[name].push((performance.now() - started) / (bytes / megabyte))
      work[name].push(((await way.usedMs()) - before) / (bytes / megabyte))
      stream.destroy()
    }
  }
  await engine.close()
  const value = median(times.through)
  const [ours, theirs] = [median(work.through), median(work.bare)]
  return against(
    { what: 'a bare relay with the same framing over TLS', value: median(times.bare) },
    {
      value,
      unit: 'ms',
      note:
        `per megabyte: ${Math.round(1000 / value)} MB/s; ${spread(times.through)}; processor time of the engine ` +
        `${ours.toFixed(2)} ms per megabyte, of the bare relay ${theirs.toFixed(2)} ms (${(ours / theirs).toFixed(2)}x); ` +
        `a bare TCP connection takes ${median(times.tcp).toFixed(1)} ms; the guest and the client share a process`,
    },
  )
}

function wayOver(context: BenchContext, connection: Connection, usedMs: Way['usedMs']): Way {
  const transport = createHttpTransport(connection)
  context.atEnd(() => transport.close())
  const path = '/apis/subresources.kubevirt.io/v1/namespaces/default/virtualmachineinstances/port/portforward/80'
  return { open: () => transport.upgrade({ path, protocol }), usedMs }
}

/** Sends so many bytes to everybody who connects. */
function sourceOf(context: BenchContext, bytes: number): Promise<number> {
  return listening(context, async (socket) => {
    await pump(socket, bytes)
    socket.end()
  })
}

/** Says one byte when so many have arrived. */
function sinkOf(context: BenchContext, bytes: number): Promise<number> {
  return listening(context, async (socket) => {
    await count(socket, bytes)
    socket.end('.')
  })
}

async function receive(stream: Duplex, bytes: number): Promise<void> {
  await count(stream, bytes)
}

async function send(stream: Duplex, bytes: number): Promise<void> {
  const answered = once(stream, 'data')
  await pump(stream, bytes)
  await answered
}

async function pump(stream: Duplex, bytes: number): Promise<void> {
  for (let left = bytes; left > 0; left -= piece.length) {
    if (!stream.write(piece)) await once(stream, 'drain')
  }
}

async function count(stream: Duplex, bytes: number): Promise<void> {
  let seen = 0
  const all = Promise.withResolvers<void>()
  stream.on('data', (chunk: Buffer) => {
    seen += chunk.length
    if (seen >= bytes) all.resolve()
  })
  stream.on('close', () => all.reject(new Error(`${seen} of ${bytes} bytes arrived`)))
  await all.promise
}

async function listening(
  context: BenchContext,
  serve: (socket: ReturnType<typeof connect>) => Promise<void>,
): Promise<number> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => socket.destroy())
    serve(socket).catch(() => socket.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  context.atEnd(() => void server.close())
  const { port } = server.address() as AddressInfo // it listens on TCP
  return port
}
