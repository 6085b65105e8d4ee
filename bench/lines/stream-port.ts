import { once } from 'node:events'
import { connect, createServer, type AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { connectionOf, createHttpTransport, loadKubeconfig } from '@berth/kube'
import type { BenchContext } from '../context.ts'
import { freshEngine } from '../engine/fixtures.ts'
import { against, type BenchLine } from '../line.ts'
import { openStarter } from '../load/machine-starts.ts'
import { machine } from '../load/objects.ts'
import { median, spread } from '../statistics.ts'

const mebibyte = 1024 * 1024
const megabyte = 1_000_000

export const streamPort: BenchLine = {
  name: 'stream-port',
  what: 'bytes from a port of a machine, over TLS and WebSocket',
  // 200 MB/s.
  budget: { of: 'value', bound: 'at most', amount: 5 },
  async run(context) {
    const bytes = (context.quick ? 64 : 512) * mebibyte
    const source = await sourceOf(context, bytes)
    const { engine, access } = await freshEngine(context, 'simulated')
    const starter = await openStarter(access)
    await starter.start(machine('port', { runStrategy: 'Always' }))
    starter.close()
    await engine.call('portToHost', { port: source })
    const { connection } = await connectionOf(await loadKubeconfig([engine.kubeconfig]))
    const transport = createHttpTransport(connection)
    const { namespace = 'default' } = machine('port', { runStrategy: 'Always' }).metadata
    const path = `/apis/subresources.kubevirt.io/v1/namespaces/${namespace}/virtualmachineinstances/port/portforward/80`
    const through: number[] = []
    const bare: number[] = []
    for (let round = 0; round < (context.quick ? 2 : 5); round += 1) {
      through.push(await timed(await transport.upgrade({ path, protocol: 'plain.kubevirt.io' }), bytes))
      bare.push(await timed(connect(source, '127.0.0.1'), bytes))
    }
    await transport.close()
    await engine.close()
    const perMegabyte = (values: number[]): number[] => values.map((value) => value / (bytes / megabyte))
    const value = median(perMegabyte(through))
    return against(
      { what: 'the same bytes over a bare TCP connection', value: median(perMegabyte(bare)) },
      {
        value,
        unit: 'ms',
        note: `per megabyte: ${Math.round(1000 / value)} MB/s; ${spread(perMegabyte(through))}; source and client share a process`,
      },
    )
  },
}

/** Sends so many bytes to everybody who connects. @returns its port */
async function sourceOf(context: BenchContext, bytes: number): Promise<number> {
  const piece = Buffer.alloc(64 * 1024, 7)
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy())
    let left = bytes
    const pump = (): void => {
      while (left > 0) {
        left -= piece.length
        if (!socket.write(piece)) {
          socket.once('drain', pump)
          return
        }
      }
      socket.end()
    }
    pump()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  context.atEnd(() => void server.close())
  const { port } = server.address() as AddressInfo // it listens on TCP
  return port
}

async function timed(stream: Duplex, bytes: number): Promise<number> {
  const started = performance.now()
  let seen = 0
  stream.on('data', (chunk: Buffer) => (seen += chunk.length))
  await once(stream, 'end')
  stream.destroy()
  if (seen !== bytes) throw new Error(`${seen} of ${bytes} bytes arrived`)
  return performance.now() - started
}
