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
  for (;;) {
    // Below what the kernel gives to those who name none (32768 to 60999): nobody gets it while the server is down.
    const port = 20_000 + Math.floor(Math.random() * 10_000)
    const server = createServer().listen(port, '127.0.0.1')
    const isFree = await once(server, 'listening').then(
      () => true,
      () => false,
    )
    if (!isFree) continue
    server.close()
    await once(server, 'close')
    return port
  }
}
