/** Starts and kills `server-process.ts`. */

import { spawn, type SpawnOptionsWithStdioTuple, type StdioPipe } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const program = fileURLToPath(new URL('./server-process.ts', import.meta.url))

const stdio: SpawnOptionsWithStdioTuple<StdioPipe, StdioPipe, StdioPipe> = { stdio: ['pipe', 'pipe', 'pipe'] }

export interface ServerChild {
  pid: number
  /** Resolves when it listens. */
  ready: Promise<void>
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>
}

/** @param fileBytes the most that any of its files may have, until `prlimit` allows more: a full disk that anybody can make */
export function spawnServer(directory: string, port: number, fileBytes?: number): ServerChild {
  const args = [program, directory, String(port)]
  const limit = ['--ignore-signal=XFSZ', 'prlimit', `--fsize=${fileBytes ?? ''}:unlimited`, process.execPath]
  const child =
    fileBytes === undefined ? spawn(process.execPath, args, stdio) : spawn('env', [...limit, ...args], stdio)
  let words = ''
  child.stderr.on('data', (chunk: Buffer) => {
    words = (words + chunk.toString()).slice(-4000)
  })
  const gone = once(child, 'exit')
  const ready = new Promise<void>((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', () => resolve())
    child.once('exit', (code, signal) => reject(new Error(`the server ended (${code ?? signal ?? ''}): ${words}`)))
  })
  // A round may kill it before anybody waits for it.
  ready.catch(() => {})
  return {
    pid: child.pid ?? 0,
    ready,
    async kill() {
      child.kill('SIGKILL')
      await gone
    },
  }
}

/** The same port for every start, so that clients find it again. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
