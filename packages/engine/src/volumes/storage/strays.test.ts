import { mkdir, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { temporaryFolder } from '../../testing/test-engine.ts'
import { endStrays } from './strays.ts'

/** More than any host gives: nothing is ended by it. */
const pid = '99999999'

async function processIn(proc: string, { threads, words }: { threads: number; words: string[] }): Promise<void> {
  await rm(join(proc, pid), { recursive: true, force: true })
  await mkdir(join(proc, pid))
  await symlink(words.includes('qemu-img') ? '/usr/bin/qemu-img' : process.execPath, join(proc, pid, 'exe'))
  await writeFile(join(proc, pid, 'status'), `Name:\tnode\nThreads:\t${threads}\n`)
  await writeFile(join(proc, pid, 'cmdline'), words.join('\0'))
}

it('waits for a program that was just being started when the engine was killed, and until it has ended', async () => {
  const proc = await temporaryFolder()
  await processIn(proc, { threads: 1, words: ['node', 'berth', 'up'] })
  const next = [
    () => processIn(proc, { threads: 1, words: ['node', 'berth', 'up'] }),
    () => processIn(proc, { threads: 1, words: ['qemu-img', 'create', '/disks/staging/a.qcow2'] }),
    () => rm(join(proc, pid), { recursive: true }),
  ]
  let waited = 0
  await endStrays(['/disks'], { proc, pause: async () => next[waited++]?.() })
  expect(waited).toBe(3)
  await rm(proc, { recursive: true })
})

it('leaves alone what works elsewhere, and does not wait for engines that run', async () => {
  const proc = await temporaryFolder()
  const pause = (): never => expect.fail('nothing is waited for')
  await processIn(proc, { threads: 11, words: ['node', 'berth', 'up'] })
  await endStrays(['/disks'], { proc, pause })
  await processIn(proc, { threads: 1, words: ['qemu-img', 'create', '/disks2/staging/a.qcow2'] })
  await endStrays(['/disks'], { proc, pause })
  await rm(proc, { recursive: true })
})
