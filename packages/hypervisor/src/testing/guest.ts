/** The guest the tests boot, made once per machine and shared by all test files. */

import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { buildTinyGuest, type TinyGuest } from '@berth/imaging'

let built: Promise<TinyGuest> | undefined

export function testGuest(): Promise<TinyGuest> {
  built ??= buildTinyGuest({ directory: join(tmpdir(), `berth-test-guest-${userInfo().uid}`) })
  return built
}
