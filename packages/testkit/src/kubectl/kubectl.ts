/** Runs the real kubectl against one server, as one user. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { dirname } from 'node:path'
import type { KubectlProgram } from './programs.ts'

export interface KubectlOutcome {
  code: number
  stdout: string
  stderr: string
}

export interface RunOptions {
  /** Fed to standard input (`-f -`). */
  input?: string
  /** More environment variables, such as EDITOR. */
  environment?: Record<string, string>
}

/** A kubectl that runs on until it is stopped (`get -w`, `logs -f`). */
export interface KubectlSession {
  /** What it printed so far. */
  stdout(): string
  stderr(): string
  stop(): Promise<void>
}

export interface Kubectl {
  readonly program: KubectlProgram
  /** Standard output of a kubectl that succeeds. Fails with its standard error when it does not. */
  (...args: string[]): Promise<string>
  /** Feeds a manifest to standard input. */
  with(input: string | object, ...args: string[]): Promise<string>
  /** Standard error of a kubectl that must fail. */
  fails(...args: string[]): Promise<string>
  failsWith(input: string | object, ...args: string[]): Promise<string>
  run(args: readonly string[], options?: RunOptions): Promise<KubectlOutcome>
  /** Standard output as parsed JSON; adds `-o json`. */
  json(...args: string[]): Promise<unknown>
  start(...args: string[]): KubectlSession
  /** The same with another kubeconfig or program. */
  as(change: { kubeconfig?: string; program?: KubectlProgram }): Kubectl
}

export interface KubectlTarget {
  program: KubectlProgram
  kubeconfig: string
  /** Holds kubectl's discovery cache and temporary files, so that tests share none with the user. */
  home: string
}

/** A kubectl that hangs is ended, so that the test says what it hung on. */
const timeoutMs = 120_000

export function kubectlWith(target: KubectlTarget): Kubectl {
  const run = (args: readonly string[], options: RunOptions = {}) => runKubectl(args, { ...target, ...options })
  const succeed = async (args: readonly string[], options: RunOptions = {}): Promise<string> => {
    const { code, stdout, stderr } = await run(args, options)
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')} failed with ${code}: ${stderr}${stdout}`)
    return stdout
  }
  const fail = async (args: readonly string[], options: RunOptions = {}): Promise<string> => {
    const { code, stdout, stderr } = await run(args, options)
    if (code === 0) throw new Error(`kubectl ${args.join(' ')} should have failed, but printed: ${stdout}`)
    return stderr
  }
  const kubectl = (...args: string[]): Promise<string> => succeed(args)
  return Object.assign(kubectl, {
    program: target.program,
    run,
    with: (input: string | object, ...args: string[]) => succeed(args, { input: textOf(input) }),
    fails: (...args: string[]) => fail(args),
    failsWith: (input: string | object, ...args: string[]) => fail(args, { input: textOf(input) }),
    json: async (...args: string[]): Promise<unknown> => JSON.parse(await succeed([...args, '-o', 'json'])),
    start: (...args: string[]) => startKubectl(args, target),
    as: (change: { kubeconfig?: string; program?: KubectlProgram }) => kubectlWith({ ...target, ...change }),
  })
}

/** Never fails by itself: the exit code is part of the answer. */
export async function runKubectl(
  args: readonly string[],
  options: KubectlTarget & RunOptions,
): Promise<KubectlOutcome> {
  const child = launch(args, options, options.environment)
  const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs)
  // A kubectl that refuses its arguments does not read its input.
  child.stdin.on('error', () => {})
  child.stdin.end(options.input ?? '')
  const output = collect(child)
  const [code] = (await once(child, 'close')) as [number | null]
  clearTimeout(timer)
  const hung = code === null ? `\nkubectl was ended after ${timeoutMs / 1000} s` : ''
  return { code: code ?? 1, stdout: output.stdout, stderr: output.stderr + hung }
}

function startKubectl(args: readonly string[], target: KubectlTarget): KubectlSession {
  const child = launch(args, target)
  child.stdin.end()
  const output = collect(child)
  const closed = once(child, 'close')
  return {
    stdout: () => output.stdout,
    stderr: () => output.stderr,
    async stop() {
      child.kill('SIGKILL')
      await closed
    },
  }
}

function launch(args: readonly string[], target: KubectlTarget, environment: Record<string, string> = {}) {
  return spawn(target.program.path, ['--kubeconfig', target.kubeconfig, ...args], {
    cwd: dirname(target.kubeconfig),
    // Nothing of the user's own: no KUBECONFIG, no proxy. Collecting garbage is a third of its work, and it ends before that helps.
    env: { PATH: process.env['PATH'], HOME: target.home, TMPDIR: target.home, GOGC: 'off', ...environment },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
}

function collect(child: ReturnType<typeof launch>): { stdout: string; stderr: string } {
  const output = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text))
  return output
}

function textOf(input: string | object): string {
  return typeof input === 'string' ? input : JSON.stringify(input)
}
