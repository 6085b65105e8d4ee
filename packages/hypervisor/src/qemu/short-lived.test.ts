import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { expect, it, vi } from 'vitest'
import { endEarly, shortLived } from './short-lived.ts'

it('ends a QEMU that is only asked something, although whoever asked was killed', async () => {
  // Something that answers sooner than QEMU: its time runs from the start, which takes seconds on a busy machine.
  const { command, args } = shortLived('sh', ['-c', 'echo here; exec sleep 60'], 4)
  const asker = spawn(process.execPath, [
    '-e',
    `const child = require('node:child_process').spawn(process.argv[1], process.argv.slice(2), { stdio: 'pipe' })
     child.stdout.once('data', () => process.stdout.write(String(child.pid)))`,
    command,
    ...args,
  ])
  const asked = await new Promise<number>((resolve) => {
    asker.stdout.once('data', (chunk: Buffer) => resolve(Number(chunk.toString())))
  })
  asker.kill('SIGKILL')
  expect(isAlive(asked)).toBe(true)
  await vi.waitUntil(() => !isAlive(asked), { timeout: 60_000 })
})

it('ends one early with all that runs below it', async () => {
  const { command, args } = shortLived('sh', ['-c', 'sleep 60 & echo $!; wait'], 60)
  const child = spawn(command, args)
  const below = await new Promise<number>((resolve) => {
    child.stdout.once('data', (chunk: Buffer) => resolve(Number(chunk.toString())))
  })
  endEarly(child)
  await once(child, 'close')
  await vi.waitUntil(() => !isAlive(below), { timeout: 60_000 })
})

/** A zombie has ended; only who is to collect it has not come yet. */
function isAlive(pid: number): boolean {
  const file = `/proc/${pid}/stat`
  return existsSync(file) && !readFileSync(file, 'utf8').includes(') Z ')
}
