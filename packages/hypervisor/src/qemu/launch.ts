/** Starts the QEMU process: in a session of its own, so that it outlives the driver, and under a user of its own where that is possible. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { FileHandle } from 'node:fs/promises'
import { messageOf } from '@berth/base'
import { DriverError } from '../driver.ts'
import type { RunAs } from './identity.ts'
import { identify, type ProcessIdentity } from './process-identity.ts'

export interface LaunchOptions {
  binary: string
  args: string[]
  /** Working folder; sockets are made there. */
  cwd: string
  runAs: RunAs
  /** Takes standard output and error. */
  log: FileHandle
  /** Descriptors 3 and on. */
  handles: FileHandle[]
}

export interface LaunchedProcess {
  identity: ProcessIdentity
  /** Resolves when the process has ended. */
  exited: Promise<void>
}

/** @throws {DriverError} StartFailed */
export async function launch({ binary, args, cwd, runAs, log, handles }: LaunchOptions): Promise<LaunchedProcess> {
  const child = spawn(binary, args, {
    cwd,
    detached: true,
    stdio: ['ignore', log.fd, log.fd, ...handles.map((handle) => handle.fd)],
    // Nothing of the driver's environment (tokens, paths) is a machine's business.
    env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin', LANG: 'C.UTF-8' },
    ...(runAs.uid === undefined ? {} : { uid: runAs.uid, gid: runAs.gid ?? runAs.uid }),
  })
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve())
  })
  try {
    await once(child, 'spawn')
  } catch (error) {
    throw new DriverError('StartFailed', `${binary} cannot be started: ${messageOf(error)}`, { cause: error })
  }
  child.unref()
  const identity = child.pid === undefined ? undefined : identify(child.pid)
  if (identity === undefined) throw new DriverError('StartFailed', `${binary} ended at once`)
  return { identity, exited }
}
