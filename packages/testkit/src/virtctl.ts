/** Runs the real virtctl against one server, as the administrator. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { eventually } from './eventually.ts'

export interface VirtctlOutcome {
  code: number
  stdout: string
  stderr: string
}

/** A virtctl that runs on until it is stopped (`port-forward`), or takes input (`console`). */
export interface VirtctlSession {
  /** What it printed so far, on either stream. */
  output(): string
  /** Resolves when it has printed that. Fails when it ends first. */
  said(text: string | RegExp): Promise<void>
  write(text: string | Uint8Array): void
  endInput(): void
  stop(): Promise<void>
  readonly ended: Promise<VirtctlOutcome>
}

export interface Virtctl {
  /** Standard output of a virtctl that succeeds. Fails with its standard error when it does not. */
  (...args: string[]): Promise<string>
  /** Everything that a virtctl that must fail printed. */
  fails(...args: string[]): Promise<string>
  run(...args: string[]): Promise<VirtctlOutcome>
  start(...args: string[]): VirtctlSession
}

export interface VirtctlTarget {
  program: string
  kubeconfig: string
  /** Its home and working folder: nothing of the user's own is read. */
  home: string
  /** Searched for programs that it starts (`ssh`), after those of the test. */
  path?: string
}

/** A virtctl that hangs is ended, so that the test says what it hung on. */
const timeoutMs = 60_000

export function virtctlWith(target: VirtctlTarget): Virtctl {
  const run = async (...args: string[]): Promise<VirtctlOutcome> => {
    const session = launch(args, target)
    session.endInput()
    const timer = setTimeout(() => void session.stop(), timeoutMs)
    const outcome = await session.ended
    clearTimeout(timer)
    return outcome
  }
  const succeed = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await run(...args)
    if (code !== 0) throw new Error(`virtctl ${args.join(' ')} failed with ${code}: ${stderr}${stdout}`)
    return stdout
  }
  return Object.assign(succeed, {
    run,
    async fails(...args: string[]) {
      const { code, stdout, stderr } = await run(...args)
      if (code === 0) throw new Error(`virtctl ${args.join(' ')} should have failed, but printed: ${stdout}`)
      if (code < 0) throw new Error(`virtctl ${args.join(' ')} hung: ${stderr}${stdout}`)
      return stderr + stdout
    },
    start: (...args: string[]) => launch(args, target),
  })
}

function launch(args: readonly string[], { program, kubeconfig, home, path }: VirtctlTarget): VirtctlSession {
  const child = spawn(program, ['--kubeconfig', kubeconfig, ...args], {
    cwd: home,
    env: { PATH: path ?? process.env['PATH'], HOME: home, KUBECONFIG: kubeconfig },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  // It may end without reading what it is given.
  child.stdin.on('error', () => {})
  let [stdout, stderr] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  let outcome: VirtctlOutcome | undefined
  const ended = once(child, 'close').then(
    ([code]: (number | null)[]) => (outcome = { code: code ?? -1, stdout, stderr }),
  )
  return {
    output: () => stdout + stderr,
    async said(text) {
      const heard = (): boolean =>
        typeof text === 'string' ? (stdout + stderr).includes(text) : text.test(stdout + stderr)
      const what = `virtctl ${args.join(' ')} to say ${String(text)}`
      await eventually(() => heard() || outcome !== undefined, { what })
      if (!heard()) throw new Error(`waited for ${what}, but it ended: ${JSON.stringify(outcome)}`)
    },
    write: (text) => void child.stdin.write(text),
    endInput: () => void child.stdin.end(),
    async stop() {
      child.kill('SIGKILL')
      await ended
    },
    ended,
  }
}
