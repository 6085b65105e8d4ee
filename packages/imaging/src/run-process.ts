/** The only place of this package that starts programs: argument arrays, bounded output, time limits, cancellation. */

import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { constants } from 'node:os'
import { delimiter, join } from 'node:path'
import type { Readable } from 'node:stream'
import { ImagingError } from './errors.ts'
import { lineSplitter } from './line-splitter.ts'

export interface ProcessLimits {
  /** CPU time in seconds. */
  cpuSeconds?: number
  /** Address space in bytes. */
  addressSpaceBytes?: number
  /** Largest file it may write, in bytes. */
  fileSizeBytes?: number
}

export interface ProcessRequest {
  command: string
  args: readonly string[]
  /** What the program is doing, for errors: `converting disk.img`. */
  purpose: string
  cwd?: string
  /** Added to the parent's environment and LC_ALL=C. */
  env?: Record<string, string>
  /** Milliseconds until the whole process group is killed. */
  timeoutMs: number
  /** Ask with SIGTERM first and wait this long, for programs that must clean up; killed at once unless given. */
  graceMs?: number
  signal?: AbortSignal
  /** Enforced through prlimit; without prlimit on the host the time limit remains. */
  limits?: ProcessLimits
  /** Written to the program's standard input. */
  input?: string | Uint8Array
  /** An open file that is its standard input instead; may be closed when the program was started. */
  stdin?: number
  /** Who it runs as, where we are root: for programs that read what strangers made. */
  user?: { uid: number; gid: number }
  /** Open files it gets, as descriptors 3 and up. */
  files?: readonly number[]
  /**
   * Killed when this process ends, however it ends: for work on files that the next process would find half-way. Without setpriv on
   * the host it goes on to its own end.
   */
  endsWithUs?: boolean
}

export interface RunRequest extends ProcessRequest {
  /** More standard output than this kills the program; 1 MiB unless given. */
  maxOutputBytes?: number
  /** Exit codes that are an answer and not a failure; [0] unless given. */
  okExitCodes?: readonly number[]
  /** Gets each line (split at CR and LF) as it is printed. */
  onLine?: (line: string, stream: 'stdout' | 'stderr') => void
}

export interface RunResult {
  stdout: string
  /** The last 16 KiB. */
  stderr: string
  exitCode: number
}

const stderrKept = 16 * 1024

/**
 * Runs a program to its end.
 * @throws {ImagingError} ToolMissing, ToolFailed, TimedOut, Aborted, OutputTooLarge
 */
export async function runProcess(request: RunRequest): Promise<RunResult> {
  const { maxOutputBytes = 1024 * 1024, okExitCodes = [0], onLine } = request
  const running = start(request)
  const { child } = running
  const chunks: Buffer[] = []
  let bytes = 0
  const stdoutLines = lineSplitter((line) => onLine?.(line, 'stdout'))
  child.stdout?.on('data', (chunk: Buffer) => {
    stdoutLines.push(chunk)
    bytes += chunk.length
    if (bytes <= maxOutputBytes) chunks.push(chunk)
    else running.kill(new ImagingError('OutputTooLarge', `${request.command} printed over ${maxOutputBytes} bytes`))
  })
  const stderrLines = lineSplitter((line) => onLine?.(line, 'stderr'))
  child.stderr?.on('data', (chunk: Buffer) => stderrLines.push(chunk))
  const { exitCode, stderr } = await running.ended(okExitCodes)
  stdoutLines.end()
  stderrLines.end()
  return { stdout: Buffer.concat(chunks).toString('utf8'), stderr, exitCode }
}

export interface StreamedProcess {
  /** The program's output. Destroying it early kills the program. */
  stdout: Readable
  /** Settles when the program has ended; rejects as runProcess does. */
  done: Promise<void>
}

/** Starts a program whose output is too large to keep: the caller reads `stdout` and then awaits `done`. */
export function streamProcess(request: ProcessRequest): StreamedProcess {
  const running = start(request)
  const { stdout } = running.child
  if (!stdout) throw new ImagingError('ToolFailed', `${request.command} has no output stream`)
  stdout.on('close', () => {
    if (!stdout.readableEnded) {
      running.kill(new ImagingError('Aborted', `reading from ${request.command} stopped early`))
    }
  })
  const done = running.ended([0]).then(() => undefined)
  // The reader may fail first and never look at `done`; that is not an unhandled rejection.
  done.catch(() => {})
  return { stdout, done }
}

interface Running {
  child: ChildProcess
  kill(reason: ImagingError): void
  ended(okExitCodes: readonly number[]): Promise<{ exitCode: number; stderr: string }>
}

function start(request: ProcessRequest): Running {
  const { purpose, signal } = request
  if (signal?.aborted) throw new ImagingError('Aborted', `${purpose} was cancelled`)
  const program = findProgram(request.command)
  if (program === undefined) throw missing(request.command)
  const [command, args] = wrapped(request, program)
  const child = spawn(command, args, {
    cwd: request.cwd,
    env: { ...inheritedEnvironment(), ...request.env },
    stdio: [
      request.stdin ?? (request.input === undefined ? 'ignore' : 'pipe'),
      'pipe',
      'pipe',
      ...(request.files ?? []),
    ],
    // Its own process group, so that grandchildren die with it.
    detached: true,
  })
  // A program that ends without reading its input is judged by its exit code, not by the broken pipe.
  child.stdin?.on('error', () => {})
  child.stdin?.end(request.input)
  let stderr: Buffer = Buffer.alloc(0)
  let reason: ImagingError | undefined
  let graceTimer: NodeJS.Timeout | undefined
  const kill = (why: ImagingError): void => {
    reason ??= why
    if (request.graceMs === undefined) return killGroup(child, 'SIGKILL')
    killGroup(child, 'SIGTERM')
    graceTimer ??= setTimeout(() => killGroup(child, 'SIGKILL'), request.graceMs)
  }
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr = Buffer.concat([stderr, chunk]).subarray(-stderrKept)
  })
  const onAbort = (): void => kill(new ImagingError('Aborted', `${purpose} was cancelled`))
  signal?.addEventListener('abort', onAbort, { once: true })
  const timer = setTimeout(() => {
    kill(new ImagingError('TimedOut', `${purpose} took longer than ${Math.round(request.timeoutMs / 1000)} s`))
  }, request.timeoutMs)

  const closed = new Promise<{ code: number | null; signalName: NodeJS.Signals | null }>((resolve, reject) => {
    child.once('error', (cause: NodeJS.ErrnoException) => reject(spawnError(request, cause)))
    child.once('close', (code, signalName) => resolve({ code, signalName }))
  }).finally(() => {
    clearTimeout(timer)
    clearTimeout(graceTimer)
    signal?.removeEventListener('abort', onAbort)
  })
  closed.catch(() => {})

  return {
    child,
    kill,
    async ended(okExitCodes) {
      const { code, signalName } = await closed
      if (reason) throw reason
      const text = stderr.toString('utf8')
      if (code === null || !okExitCodes.includes(code)) throw failed(request, code, signalName, text)
      return { exitCode: code, stderr: text }
    },
  }
}

/** With the system directories: an ordinary user's PATH lacks those of mke2fs and sfdisk. */
function searchPath(): string[] {
  const directories = (process.env['PATH'] ?? '').split(delimiter).filter((directory) => directory.startsWith('/'))
  return [...new Set([...directories, '/usr/sbin', '/sbin', '/usr/bin', '/bin'])]
}

/**
 * Absolute path of an installed program. We look ourselves, because starting a program that is nowhere fails with "permission
 * denied" when one of the directories on PATH is closed to us.
 */
export function findProgram(command: string): string | undefined {
  if (command.includes('/')) return existsSync(command) ? command : undefined
  return searchPath()
    .map((directory) => join(directory, command))
    .find((path) => existsSync(path))
}

function inheritedEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, LC_ALL: 'C', PATH: searchPath().join(delimiter) }
}

function killGroup(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): void {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, signal)
  } catch {
    // ESRCH: it ended by itself in the meantime, which is what we want.
  }
}

const prlimitPath = '/usr/bin/prlimit'
const setprivPath = '/usr/bin/setpriv'

/** As another user first, then within limits, then the program: each step only gives something up. */
function wrapped(request: ProcessRequest, program: string): [string, string[]] {
  const [command, args] = withLimits(request, program)
  const { user, endsWithUs } = request
  if (user === undefined && endsWithUs !== true) return [command, args]
  if (!existsSync(setprivPath)) {
    if (user === undefined) return [command, args]
    throw missing('setpriv')
  }
  const flags = ['--no-new-privs']
  if (user !== undefined) flags.push(`--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups', '--inh-caps=-all')
  if (endsWithUs === true) flags.push('--pdeathsig=KILL')
  return [setprivPath, [...flags, '--', command, ...args]]
}

function withLimits({ args, limits }: ProcessRequest, program: string): [string, string[]] {
  if (!limits || !existsSync(prlimitPath)) return [program, [...args]]
  const flags: string[] = ['--core=0']
  if (limits.cpuSeconds !== undefined) flags.push(`--cpu=${Math.ceil(limits.cpuSeconds)}`)
  if (limits.addressSpaceBytes !== undefined) flags.push(`--as=${limits.addressSpaceBytes}`)
  if (limits.fileSizeBytes !== undefined) flags.push(`--fsize=${limits.fileSizeBytes}`)
  return [prlimitPath, [...flags, '--', program, ...args]]
}

function spawnError({ command }: ProcessRequest, cause: NodeJS.ErrnoException): ImagingError {
  return new ImagingError('ToolFailed', `cannot start ${command}: ${cause.message}`, { cause })
}

/** Debian packages of the programs this package runs. */
const packageOf: Record<string, string> = {
  'qemu-img': 'qemu-utils',
  'qemu-system-x86_64': 'qemu-system-x86',
  'dpkg-deb': 'dpkg',
  'apt-get': 'apt',
  'apt-cache': 'apt',
  mmdebstrap: 'mmdebstrap',
  mcopy: 'mtools',
  mmd: 'mtools',
  mformat: 'mtools',
  sfdisk: 'fdisk',
  mke2fs: 'e2fsprogs',
  'grub-mkimage': 'grub-common',
  xz: 'xz-utils',
  unshare: 'util-linux',
  setpriv: 'util-linux',
}

function missing(command: string): ImagingError {
  return new ImagingError('ToolMissing', `the program ${command} is not installed`, {
    remedy: `Install it: apt-get install ${packageOf[command] ?? command}`,
  })
}

function failed(request: ProcessRequest, code: number | null, name: NodeJS.Signals | null, stderr: string) {
  const how = name ? `was ended by ${name}` : `exited with code ${code}`
  const words = stderr.trim().split('\n').slice(-5).join('\n')
  if (/no space left on device/i.test(stderr)) {
    return new ImagingError('NoSpace', `${request.purpose}: no space left on the device`, {
      remedy: 'Free disk space and try again.',
    })
  }
  const limit =
    name !== null && [constants.signals.SIGXCPU, constants.signals.SIGXFSZ].includes(constants.signals[name])
  return new ImagingError(
    limit ? 'TooLarge' : 'ToolFailed',
    `${request.purpose}: ${request.command} ${how}${limit ? ' (resource limit)' : ''}${words ? `: ${words}` : ''}`,
  )
}
