/** Runs a console in this process until it is told to stop. */

import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { CommandContext } from '../context.ts'
import type { ClusterOptions, Console, ConsoleOptions } from '../console-port.ts'
import { CliError } from '../failure.ts'
import type { Input } from '../input.ts'
import { productVersion } from '../version.ts'
import { parseAddress } from './address.ts'
import { removeConsoleFile, writeConsoleFile } from './console-file.ts'
import { fileLogger } from './file-logger.ts'
import { pageFolder } from './locations.ts'

export interface ServeOptions {
  clusters: ClusterOptions[]
  signIn: ConsoleOptions['signIn']
  /** The console's own folder. */
  directory: string
  logFile: string
  listen: string
  tls?: { cert: string; key: string }
  publicUrls: string[]
}

/** @param ready is told the console as soon as it listens */
export async function serveConsole(
  options: ServeOptions,
  {
    context,
    ready,
    signal,
  }: { context: CommandContext; ready: (console: Console) => Promise<void>; signal: AbortSignal },
): Promise<void> {
  const { signIn, directory } = options
  const { startConsole } = await context.consoleServer()
  const console = await startConsole({
    clusters: options.clusters,
    listen: parseAddress(options.listen, '--console-listen'),
    ...(options.tls === undefined ? {} : { tls: options.tls }),
    dataDirectory: directory,
    assets: pageFolder(),
    publicUrls: options.publicUrls,
    signIn,
    logger: fileLogger(options.logFile, {
      level: context.environment['BERTH_LOG'] ?? 'info',
      now: () => context.clock.now(),
    }),
    clock: context.clock,
    command: context.program,
    version: productVersion,
  })
  try {
    const startedAt = context.clock.now().toISOString()
    await writeConsoleFile(directory, { pid: process.pid, url: console.url, startedAt, signIn })
    await ready(console)
    await aborted(signal)
  } finally {
    await removeConsoleFile(directory, process.pid)
    await console.close()
  }
}

/** `--console-cert` and `--console-key`, or nothing. */
export async function certificateOf(input: Input): Promise<{ cert: string; key: string } | undefined> {
  const cert = input.text('consoleCert')
  const key = input.text('consoleKey')
  if (cert === undefined && key === undefined) return undefined
  if (cert === undefined || key === undefined) {
    throw new CliError('Usage', '--console-cert and --console-key are given together or not at all')
  }
  const [certificate, privateKey] = await Promise.all([cert, key].map((path) => readFile(resolve(path), 'utf8')))
  return { cert: certificate ?? '', key: privateKey ?? '' }
}

/** The engine's own, which browsers know only where its certificate authority was made known to them. */
export async function engineCertificate(dataDirectory: string): Promise<{ cert: string; key: string }> {
  const [cert, key] = await Promise.all(
    ['server.crt', 'server.key'].map((name) => readFile(join(dataDirectory, 'pki', name), 'utf8')),
  )
  return { cert: cert ?? '', key: key ?? '' }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}
