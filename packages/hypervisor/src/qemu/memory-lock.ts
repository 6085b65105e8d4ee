/**
 * Locked memory. A process may lock as much as its limit allows, and takes the limit over from whoever starts it; so the driver lifts
 * its own for the moment in which it starts a machine whose memory is locked.
 */

import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { messageOf } from '@berth/base'
import { DriverError } from '../driver.ts'
import { hasCapability } from './capability-set.ts'

const run = promisify(execFile)

interface Limit {
  soft: string
  hard: string
}

async function readLimit(): Promise<Limit> {
  const limits = await readFile('/proc/self/limits', 'utf8')
  const [, soft = '0', hard = '0'] = /^Max locked memory\s+(\S+)\s+(\S+)/m.exec(limits) ?? []
  return { soft, hard }
}

/** Undefined where memory can be locked. */
export async function whyNoLockedMemory(asRoot: boolean): Promise<string | undefined> {
  const { hard } = await readLimit()
  if (hard === 'unlimited') return undefined
  if (!asRoot) return `this user may lock ${hard} bytes at most; raise "memlock" in /etc/security/limits.conf`
  const mayRaise = await hasCapability('CAP_SYS_RESOURCE')
  return mayRaise ? undefined : 'the engine may not raise the limit (CAP_SYS_RESOURCE)'
}

let users = 0
let before: Limit | undefined

/** Runs `start` while what it starts may lock all its memory. @throws {DriverError} StartFailed when the limit cannot be lifted */
export async function withLockedMemory<T>(start: () => Promise<T>): Promise<T> {
  users += 1
  try {
    before ??= await readLimit()
    await setLimit({ soft: 'unlimited', hard: 'unlimited' })
    return await start()
  } finally {
    users -= 1
    if (users === 0 && before !== undefined) {
      const restored = before
      before = undefined
      await setLimit(restored)
    }
  }
}

async function setLimit({ soft, hard }: Limit): Promise<void> {
  try {
    await run('prlimit', ['--pid', String(process.pid), `--memlock=${soft}:${hard}`])
  } catch (error) {
    throw new DriverError('StartFailed', `the limit on locked memory cannot be changed: ${messageOf(error)}`, {
      cause: error,
    })
  }
}
