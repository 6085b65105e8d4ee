/** A command's world in memory: what it prints is kept, its clock is real, its server is the one given. */

import { PassThrough } from 'node:stream'
import type { CommandContext } from '../context.ts'
import { connect } from '../connection/connect.ts'
import { loadConsole } from '../console-port.ts'
import { loadEngine } from '../engine-port.ts'
import { createProgress } from '../output/progress.ts'
import { runProgram } from '../program.ts'
import { commandTable } from '../commands/index.ts'
import { programName, speller } from '../suggestion.ts'
import { styleFor, type OutputStream } from '../terminal.ts'

export interface Outcome {
  exitCode: number
  stdout: string
  stderr: string
}

export interface TestWorld {
  dataDirectory: string
  homeDirectory: string
  environment?: NodeJS.ProcessEnv
  signal?: AbortSignal
  stdin?: PassThrough
  now?: () => Date
  onOutput?: (text: string) => void
}

/** Runs `berth <words>` in this process. */
export async function berth(world: TestWorld, ...words: string[]): Promise<Outcome> {
  const stdout = memoryStream(world.onOutput)
  const stderr = memoryStream()
  const context = testContext(world, stdout, stderr)
  const exitCode = await runProgram(commandTable, words, context)
  return { exitCode, stdout: stdout.text(), stderr: stderr.text() }
}

export function testContext(
  world: TestWorld,
  stdout: OutputStream = memoryStream(),
  stderr: OutputStream = memoryStream(),
): CommandContext {
  const { dataDirectory, homeDirectory, environment = {} } = world
  const style = styleFor(stderr, environment)
  const clock = {
    now: world.now ?? (() => new Date()),
    after(ms: number, callback: () => void) {
      const timer = setTimeout(callback, ms)
      return () => clearTimeout(timer)
    },
  }
  return {
    terminal: { stdout, stderr, stdin: world.stdin ?? new PassThrough() },
    style,
    progress: createProgress(stderr, style, clock),
    clock,
    random: () => 0.5,
    environment: { PATH: process.env['PATH'], ...environment },
    program: programName(environment),
    spell: speller(programName(environment)),
    signal: world.signal ?? new AbortController().signal,
    dataDirectory,
    homeDirectory,
    connect: (options) => connect(options, { environment, dataDirectory, homeDirectory, interactive: false }),
    engine: loadEngine,
    consoleServer: loadConsole,
  }
}

export interface MemoryStream extends OutputStream {
  text(): string
}

export function memoryStream(onOutput?: (text: string) => void, isTTY = false): MemoryStream {
  let kept = ''
  return {
    write(text) {
      const added = typeof text === 'string' ? text : Buffer.from(text).toString('utf8')
      kept += added
      onOutput?.(added)
    },
    ready: () => Promise.resolve(),
    isTTY,
    columns: 100,
    text: () => kept,
  }
}
