#!/usr/bin/env node
/** The `berth` command. */

import { homedir } from 'node:os'
import { commandTable } from './commands/index.ts'
import type { CommandContext } from './context.ts'
import { defaultDataDirectory } from './locations.ts'
import { createProgress } from './output/progress.ts'
import { runProgram } from './program.ts'
import { programName, speller } from './suggestion.ts'
import { processTerminal, styleFor } from './terminal.ts'

const terminal = processTerminal()
const interrupted = new AbortController()

function onSignal(): void {
  // The second Ctrl-C does not wait for anything.
  if (interrupted.signal.aborted) process.exit(130)
  interrupted.abort()
}
process.on('SIGINT', onSignal)
process.on('SIGTERM', onSignal)

const clock = {
  now: () => new Date(),
  after(ms: number, callback: () => void) {
    const timer = setTimeout(callback, ms)
    return () => clearTimeout(timer)
  },
}
const environment = process.env
const homeDirectory = homedir()
const dataDirectory = defaultDataDirectory(environment, homeDirectory, process.getuid?.() ?? 0)
const program = programName(environment)
const style = styleFor(terminal.stderr, environment)

const context: CommandContext = {
  terminal,
  style,
  progress: createProgress(terminal.stderr, style, clock),
  clock,
  random: Math.random,
  environment,
  program,
  spell: speller(program),
  signal: interrupted.signal,
  dataDirectory,
  homeDirectory,
  async connect(options) {
    const { connect } = await import('./connection/connect.ts')
    return connect(options, { environment, dataDirectory, homeDirectory, interactive: process.stdin.isTTY })
  },
  async engine() {
    const { loadEngine } = await import('./engine-port.ts')
    return loadEngine()
  },
  async consoleServer() {
    const { loadConsole } = await import('./console-port.ts')
    return loadConsole()
  },
}

const exitCode = await runProgram(commandTable, process.argv.slice(2), context)
// Connections kept open for reuse must not keep the process; what was printed is flushed first.
process.exitCode = exitCode
await new Promise<void>((resolve) => process.stdout.write('', () => resolve()))
process.exit(exitCode)
