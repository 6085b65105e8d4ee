/** For tests: a directory that is gone afterwards. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'

export function testDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'berth-imaging-'))
  afterAll(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}
