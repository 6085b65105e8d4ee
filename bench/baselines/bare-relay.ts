/** Relays a port over TLS with a WebSocket's framing and does nothing else: what Node's sockets and TLS cost by themselves. */

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { BenchContext } from '../context.ts'
import { endProcess } from '../load/processes.ts'

export interface BareRelay {
  port: number
  /** Milliseconds of processor time used so far. */
  usedMs(): Promise<number>
}

const program = fileURLToPath(new URL('bare-relay-process.ts', import.meta.url))

/** @param pki folder with the engine's keys @param to port that every connection is joined to */
export async function startBareRelay(
  context: BenchContext,
  { pki, to }: { pki: string; to: number },
): Promise<BareRelay> {
  const child = fork(program, [join(pki, 'server.key'), join(pki, 'server.crt'), String(to)])
  context.atEnd(() => endProcess(child, 'SIGKILL'))
  const [port] = (await once(child, 'message')) as [number]
  return {
    port,
    async usedMs() {
      const answered = once(child, 'message') as Promise<[number]>
      child.send('cpu')
      const [used] = await answered
      return used
    },
  }
}
