/** Time from spawning a server's process to its first good answer over TLS. */

import { spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { request } from 'node:https'
import { setTimeout as delay } from 'node:timers/promises'
import type { BenchContext } from '../context.ts'
import { endProcess } from './processes.ts'

/** A server that takes longer has failed. */
const timeoutMs = 60_000
const pollMs = 3

/**
 * @param args of Node; the server must listen on 127.0.0.1:`port`
 * @returns milliseconds to the first 200 for `path`; the process has ended then
 */
export async function timeUntilReady(
  context: BenchContext,
  { args, port, path }: { args: readonly string[]; port: number; path: string },
): Promise<number> {
  const started = performance.now()
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  context.atEnd(() => endProcess(child, 'SIGKILL'))
  let words = ''
  child.stderr.on('data', (chunk: Buffer) => {
    words = (words + chunk.toString()).slice(-2000)
  })
  try {
    while (performance.now() - started < timeoutMs && child.exitCode === null) {
      if (await answers(port, path)) return performance.now() - started
      await delay(pollMs)
    }
    throw new Error(`node ${args.join(' ')} was not ready: ${words}`)
  } finally {
    await endProcess(child)
  }
}

function answers(port: number, path: string): Promise<boolean> {
  return new Promise((resolve) => {
    // The certificate may not exist yet, so there is nothing to check it with; the time of a handshake is the same.
    const outgoing = request({ host: '127.0.0.1', port, path, agent: false, rejectUnauthorized: false }, (incoming) => {
      incoming.resume()
      incoming.on('end', () => resolve(incoming.statusCode === 200))
    })
    outgoing.on('error', () => resolve(false))
    outgoing.end()
  })
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new TypeError('a TCP server has a port')
  return address.port
}
