import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { silentLogger } from '@berth/base'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { systemClock } from '../control-plane/system-clock.ts'
import { createAuditLog } from './audit-log.ts'
import { auditLogFiles } from './log-files.ts'
import { verifyAuditLog } from './verify.ts'

let directory: string
let path: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'audit-crash-'))
  path = join(directory, 'audit.log')
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

/** Runs the writer until it has said so many events are written, and kills it in the middle of more. */
async function writeAndDie(events: number): Promise<number> {
  const program = fileURLToPath(new URL('testing/writer.ts', import.meta.url))
  const child = spawn(process.execPath, [program, path], { stdio: ['ignore', 'pipe', 'inherit'] })
  const closed = once(child, 'close')
  let said = ''
  let first: number | undefined
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text
    const last = lastNumber(said)
    first ??= last
    if (last !== undefined && first !== undefined && last - first >= events) child.kill('SIGKILL')
  })
  await closed
  return lastNumber(said) ?? 0
}

function lastNumber(text: string): number | undefined {
  const whole = text.split('\n').slice(0, -1)
  return whole.length === 0 ? undefined : Number(whole.at(-1))
}

test('killed in the middle of writing, again and again: nothing that was said is lost, and the chain holds', async () => {
  let said = 0
  for (let round = 0; round < 3; round += 1) {
    said = await writeAndDie(1000)
    // What a disk that was slower than the kill would leave.
    if (round === 1) appendFileSync(path, '{"kind":"Event","level":"Meta')
  }
  const log = createAuditLog({ path, clock: systemClock, logger: silentLogger, uuid: () => 'id' })
  const { head } = log
  await log.close()
  expect(head.sequence).toBeGreaterThanOrEqual(said)
  expect(said).toBeGreaterThan(3000)
  const files = auditLogFiles(path)
  expect(files.length).toBeGreaterThan(3)
  expect(await verifyAuditLog(files, { fromGenesis: true, head })).toMatchObject({ ok: true, lines: head.sequence })
})
