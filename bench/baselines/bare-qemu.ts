/**
 * A QEMU started by hand with exactly the arguments and files of a machine that the engine runs: what no orchestrator can undercut.
 */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { open, readFile, readlink } from 'node:fs/promises'
import { watch } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { BenchContext } from '../context.ts'
import { endProcess } from '../load/processes.ts'

export interface QemuRecipe {
  binary: string
  args: string[]
  /** Files behind the descriptors 3 and on. */
  files: { path: string; writable: boolean }[]
}

const socketName = 'qmp.sock'

/** Reads a running QEMU's arguments and open files from the kernel. */
export async function recipeOf(pid: number): Promise<QemuRecipe> {
  const [binary = '', ...args] = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0').slice(0, -1)
  const named = args.join(' ').matchAll(/\/dev\/fd(?:set)?\/(\d+)|\bfd=(\d+)/g)
  const numbers = new Set([...named].map(([, path, fd]) => Number(path ?? fd)))
  const files: QemuRecipe['files'] = []
  for (let fd = 3; fd < 3 + numbers.size; fd += 1) {
    const flags = /^flags:\s*(\d+)$/m.exec(await readFile(`/proc/${pid}/fdinfo/${fd}`, 'utf8'))?.[1] ?? '0'
    // The last octal digit holds the access mode, 0 for reading only.
    const writable = Number.parseInt(flags, 8) % 8 !== 0
    files.push({ path: await readlink(`/proc/${pid}/fd/${fd}`), writable })
  }
  return { binary, args, files }
}

export interface BareQemu {
  /** Milliseconds from opening the files until QMP's query-status said running, or prelaunch for a held guest. */
  took: number
  end: () => Promise<void>
}

/** Spawned and ended at once. @returns milliseconds until the guest ran */
export async function timeBareQemu(context: BenchContext, recipe: QemuRecipe): Promise<number> {
  const { took, end } = await startBareQemu(context, recipe, 'running')
  await end()
  return took
}

export async function startBareQemu(
  context: BenchContext,
  recipe: QemuRecipe,
  until: 'running' | 'prelaunch',
): Promise<BareQemu> {
  const folder = await context.folder('qemu')
  // Not by looking again and again: a hundred that do would take the processors from what they wait for.
  const watcher = watch(folder)
  const socketMade = new Promise<void>((resolve) => {
    watcher.on('change', (_, file) => {
      if (file === socketName) resolve()
    })
  })
  const started = performance.now()
  const handles = await Promise.all(
    recipe.files.map(({ path, writable }, index) =>
      writable ? open(join(folder, `written-${index}`), 'a') : open(path, 'r'),
    ),
  )
  const child = spawn(recipe.binary, recipe.args, {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit', ...handles.map(({ fd }) => fd)],
  })
  await Promise.all(handles.map((handle) => handle.close()))
  const end = (): Promise<void> => endProcess(child, 'SIGKILL')
  context.atEnd(end)
  await Promise.race([socketMade, once(child, 'exit')])
  watcher.close()
  const socket = await connectSoon(join(folder, socketName), () => child.exitCode === null)
  await reach(socket, until)
  return { took: performance.now() - started, end }
}

async function connectSoon(path: string, alive: () => boolean): Promise<Socket> {
  while (alive()) {
    const socket = connect(path)
    try {
      await once(socket, 'connect')
      return socket
    } catch {
      // The file is there a moment before it takes connections.
      await delay(1)
    }
  }
  throw new Error('the bare QEMU ended before it could be talked to')
}

/** Lets the guest go on where it shall, and asks until it has. */
async function reach(socket: Socket, until: 'running' | 'prelaunch'): Promise<void> {
  const commands = ['qmp_capabilities', ...(until === 'running' ? ['cont'] : []), 'query-status']
  let received = ''
  const there = new Promise<void>((resolve, reject) => {
    const ask = (name: string): void => void socket.write(`${JSON.stringify({ execute: name })}\n`)
    socket.on('data', (chunk: Buffer) => {
      received += chunk.toString()
      const lines = received.split('\n')
      received = lines.pop() ?? ''
      for (const line of lines) {
        if (line.includes('"QMP"')) for (const name of commands) ask(name)
        else if (line.includes('"error"')) reject(new Error(line))
        else if (line.includes('"status"')) {
          if (line.includes(`"status": "${until}"`)) resolve()
          else ask('query-status')
        }
      }
    })
    socket.on('error', reject)
  })
  await there
  socket.destroy()
}
