/**
 * Whether KVM runs guests here is found out once per machine: where it is there and does not, each engine would try for seconds. The
 * driver's record says itself for which boot and QEMU it holds. cli.test.ts starts its engine without it.
 */

import { copyFile, mkdir, rename } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'

const record = '.acceleration.json'
const cache = join(tmpdir(), `berth-test-guest-${userInfo().uid}`)

/** Before an engine starts. @param machines its folder of machines, which is made */
export async function recallAcceleration(machines: string): Promise<void> {
  await mkdir(machines, { recursive: true })
  await copyIfThere(join(cache, record), join(machines, record))
}

/** When the engine runs. */
export async function keepAcceleration(machines: string): Promise<void> {
  await mkdir(cache, { recursive: true })
  const partial = join(cache, `${record}.${process.pid}`)
  if (await copyIfThere(join(machines, record), partial)) await rename(partial, join(cache, record))
}

async function copyIfThere(from: string, to: string): Promise<boolean> {
  try {
    await copyFile(from, to)
    return true
  } catch (error) {
    // Nobody has tried yet, or there is nothing to try.
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false
    throw error
  }
}
