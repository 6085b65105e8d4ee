/** The guest that reports what it sees, made once per machine and shared by all test files. */

import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { buildInspectorGuest, type TinyGuest } from '@berth/imaging'

let built: Promise<TinyGuest> | undefined

export function testInspector(): Promise<TinyGuest> {
  built ??= buildInspectorGuest({ directory: join(tmpdir(), `berth-test-guest-${userInfo().uid}`) })
  return built
}
