/** The guest that reports what it sees, made once per machine and shared by all test files. */

import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { buildInspectorGuest, type TinyGuest } from '@berth/imaging'

export interface TestInspector extends TinyGuest {
  /** The one that UEFI can start, and that finds a TPM; the other starts sooner. */
  packedKernel: string
}

let built: Promise<TestInspector> | undefined

export function testInspector(): Promise<TestInspector> {
  built ??= build()
  return built
}

async function build(): Promise<TestInspector> {
  const guest = await buildInspectorGuest({ directory: join(tmpdir(), `berth-test-guest-${userInfo().uid}`) })
  return { ...guest, kernel: guest.unpackedKernel ?? guest.kernel, packedKernel: guest.kernel }
}
