/** A plain `node:https` server in a process of its own, with a key from a data directory: what TLS and Node's HTTP cost by themselves. */

import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { BenchContext } from '../context.ts'
import type { ServerAccess } from '../load/https.ts'
import { endProcess } from '../load/processes.ts'

export interface PlainServer {
  access: ServerAccess
  /** Sends one line of `bytes` to everybody who asked for `/watch`. */
  tellWatchers(bytes: number): void
}

const program = fileURLToPath(new URL('plain-server-process.ts', import.meta.url))

/** @param pki folder with the engine's keys; the server asks for client certificates, as the engine does */
export async function startPlainServer(
  context: BenchContext,
  { pki, access, bodyBytes }: { pki: string; access: ServerAccess; bodyBytes: number },
): Promise<PlainServer> {
  const files = ['server.key', 'server.crt', 'ca.crt'].map((name) => join(pki, name))
  const child: ChildProcess = fork(program, [...files, String(bodyBytes)])
  context.atEnd(() => endProcess(child, 'SIGKILL'))
  const [port] = (await once(child, 'message')) as [number]
  return { access: { ...access, port }, tellWatchers: (bytes) => void child.send(bytes) }
}
