/** For tests: a directory that is there while the tests of this block run, and gone afterwards. */

import { randomUUID } from 'node:crypto'
import { mkdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'

/** Made in a hook, not at once: a skipped block runs its body but not its hooks, and would leave the directory behind. */
export function testDirectory(): string {
  const directory = join(tmpdir(), `berth-imaging-${randomUUID()}`)
  beforeAll(() => {
    mkdirSync(directory)
  })
  afterAll(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}
