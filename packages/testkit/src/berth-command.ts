/** The bundled `berth` as a black box: the files that are shipped, copied away from the repository, in a world of their own. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Readable } from 'node:stream'
import { eventually } from './eventually.ts'

const bundle = resolve(import.meta.dirname, '../../../dist')

export interface BerthOutcome {
  code: number
  stdout: string
  stderr: string
}

/** A berth that runs on until it is stopped (`up`), or takes input (`vm console`). */
export interface BerthSession {
  readonly pid: number
  /** What it printed so far. */
  stdout(): string
  stderr(): string
  /** Resolves when either stream contains it. Fails when the program ends first. */
  said(text: string | RegExp): Promise<void>
  write(text: string): void
  endInput(): void
  signal(name: NodeJS.Signals): void
  readonly ended: Promise<BerthOutcome>
}

export interface Berth {
  /** Standard output of a berth that succeeds. Fails with its standard error when it does not. */
  (...args: string[]): Promise<string>
  /** Never fails by itself: the exit code is part of the answer. */
  run(...args: string[]): Promise<BerthOutcome>
  start(...args: string[]): BerthSession
  /** The same with more variables. */
  with(environment: Record<string, string>): Berth
}

export interface BerthOptions {
  /** The program, as `installBerth` put it. */
  program: string
  home: string
  /** More variables; nothing is inherited but PATH. */
  environment?: Record<string, string>
  /** Node.js that runs it; the one of the test unless given. */
  node?: string
  /** Needs root. */
  user?: { uid: number; gid: number }
}

/** A berth that hangs is ended, so that the test says what it hung on. */
const timeoutMs = 300_000

/** Copies the bundle into a folder: a build meanwhile changes nothing under a running program. @returns the program */
export async function installBerth(folder: string): Promise<string> {
  const built = await stat(join(bundle, 'berth.js')).catch(() => undefined)
  if (built === undefined) throw new Error('berth is not built; run: npm run build')
  await mkdir(folder, { recursive: true })
  await cp(bundle, folder, { recursive: true, filter: (path) => !path.endsWith('.map') })
  return join(folder, 'berth.js')
}

export function berthWith(options: BerthOptions): Berth {
  const start = (args: readonly string[]): BerthSession => launch(args, options)
  const run = async (...args: string[]): Promise<BerthOutcome> => {
    const session = start(args)
    const timer = setTimeout(() => session.signal('SIGKILL'), timeoutMs)
    session.endInput()
    const outcome = await session.ended
    clearTimeout(timer)
    return outcome
  }
  const succeed = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await run(...args)
    if (code !== 0) throw new Error(`berth ${args.join(' ')} failed with ${code}: ${stderr}${stdout}`)
    return stdout
  }
  return Object.assign(succeed, {
    run,
    start: (...args: string[]) => start(args),
    with: (environment: Record<string, string>) =>
      berthWith({ ...options, environment: { ...options.environment, ...environment } }),
  })
}

function launch(args: readonly string[], options: BerthOptions): BerthSession {
  const { program, home, environment = {}, node = process.execPath, user = {} } = options
  const child = spawn(node, [program, ...args], {
    cwd: home,
    env: { PATH: process.env['PATH'], HOME: home, ...environment },
    stdio: ['pipe', 'pipe', 'pipe'],
    ...user,
  })
  // It may end without reading what it is given.
  child.stdin.on('error', () => {})
  const output = { stdout: '', stderr: '' }
  const keep = (stream: Readable, name: keyof typeof output): void => {
    stream.setEncoding('utf8').on('data', (text: string) => (output[name] += text))
  }
  keep(child.stdout, 'stdout')
  keep(child.stderr, 'stderr')
  let outcome: BerthOutcome | undefined
  const ended = once(child, 'close').then(([code]: (number | null)[]) => (outcome = { code: code ?? -1, ...output }))
  return {
    get pid() {
      if (child.pid === undefined) throw new Error(`berth did not start: ${node} ${program}`)
      return child.pid
    },
    stdout: () => output.stdout,
    stderr: () => output.stderr,
    async said(text) {
      const heard = (): boolean => {
        const all = output.stdout + output.stderr
        return typeof text === 'string' ? all.includes(text) : text.test(all)
      }
      const what = `berth ${args.join(' ')} to say ${String(text)}`
      await eventually(() => heard() || outcome !== undefined, { what })
      if (!heard()) throw new Error(`waited for ${what}, but it ended: ${JSON.stringify(outcome)}`)
    },
    write: (text) => void child.stdin.write(text),
    endInput: () => void child.stdin.end(),
    signal: (name) => void child.kill(name),
    ended,
  }
}
