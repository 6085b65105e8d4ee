/** Starts and kills engines in processes of their own, and finds the QEMU processes of a data directory. */

import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile, readlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const program = fileURLToPath(new URL('./engine-process.ts', import.meta.url))

export interface EngineChild {
  process: ChildProcess
  /** What it said when it was ready. */
  ready: Promise<{ adopted: number; driverMs: number; readyMs: number }>
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>
}

export interface ChildOptions {
  /** Simulated ones start at once, and outlive their engine as real ones do. */
  machines?: 'real' | 'simulated'
  /** Directory of a storage called "small". */
  small?: string | undefined
}

export function spawnEngine(dataDir: string, port: number, options: ChildOptions = {}): EngineChild {
  const { machines = 'real', small } = options
  const given = [program, dataDir, String(port), machines, ...(small === undefined ? [] : [small])]
  const child = spawn(process.execPath, given, { stdio: ['pipe', 'pipe', 'pipe'] })
  let words = ''
  child.stderr.on('data', (chunk: Buffer) => {
    words = (words + chunk.toString('utf8')).slice(-4000)
  })
  const gone = once(child, 'exit')
  const ready = new Promise<{ adopted: number; driverMs: number; readyMs: number }>((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', (line) => resolve(JSON.parse(line)))
    child.once('exit', (code, signal) => reject(new Error(`the engine ended (${code ?? signal ?? ''}): ${words}`)))
  })
  // A round may kill it before anybody waits for it.
  ready.catch(() => {})
  return {
    process: child,
    ready,
    async kill() {
      child.kill('SIGKILL')
      await gone
    },
  }
}

/** QEMU processes of this data directory: `pid/start` by the machine's id. Zombies do not count. */
export async function qemuProcesses(dataDir: string): Promise<Map<string, { pid: number; identity: string }>> {
  const found = new Map<string, { pid: number; identity: string }>()
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue
    try {
      const folder = await readlink(`/proc/${entry}/cwd`)
      if (!folder.startsWith(join(dataDir, 'machines'))) continue
      const stat = await readFile(`/proc/${entry}/stat`, 'utf8')
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      if (fields[0] === 'Z' || fields[0] === 'X') continue
      const id = basename(dirname(folder))
      if (found.has(id)) throw new Error(`two processes run machine ${id}`)
      found.set(id, { pid: Number(entry), identity: `${entry}/${fields[19] ?? ''}` })
    } catch (error) {
      // Ended while being looked at, or somebody else's.
      if (!(error instanceof Error && 'code' in error)) throw error
    }
  }
  return found
}
