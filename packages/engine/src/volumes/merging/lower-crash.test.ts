/**
 * A guest writes, and prints what is safe on its disk, while snapshots of it come and go; the engine is killed, or it and QEMU. What was
 * printed has to be in the image that is written down as the disk's.
 */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, rm } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { createQemuDriver, type Driver } from '@berth/hypervisor'
import { buildTinyGuest } from '@berth/imaging'
import { afterEach, expect, it } from 'vitest'
import { contentOf, writePattern } from '../../testing/disk-content.ts'
import { idleMachine } from '../../testing/idle-machine.ts'
import { randomFrom } from '../../testing/random.ts'
import { temporaryFolder } from '../../testing/test-engine.ts'
import { until } from '../../testing/until.ts'
import { leftOver } from '../../testing/volume-world.ts'
import { isNamedHead } from '../storage/named-head.ts'
import { openVolumeStore } from '../volume-store.ts'
import { imagesInUse } from './users.ts'

const lives = Number(process.env['BERTH_CRASH_ROUNDS'] ?? 1)
/** Of the engine, in each life of QEMU. */
const deaths = 3
const seed = Number(process.env['BERTH_SEED'] ?? Date.now() % 1_000_000)
const program = fileURLToPath(new URL('../../testing/lowering-process.ts', import.meta.url))
const slots = 48
const slotBytes = 64 * 1024

let root = ''
let driver: Driver | undefined

afterEach(async () => {
  driver ??= await openDriver()
  for (const domain of driver.list()) await domain.destroy()
  await driver.close()
  driver = undefined
  await rm(root, { recursive: true, force: true })
})

async function openDriver(): Promise<Driver> {
  driver = await createQemuDriver({ directory: join(root, 'machines'), acceleration: 'tcg' })
  await driver.adopt({ isSwitched: isNamedHead })
  return driver
}

async function closeDriver(): Promise<void> {
  await driver?.close()
  driver = undefined
}

const openStore = () =>
  openVolumeStore({
    storages: [{ name: 'local', directory: join(root, 'volumes') }],
    inUse: () => imagesInUse(driver?.list() ?? []),
  })

/** What the guest has printed: each number is in its place on the disk. */
async function printed(): Promise<number[]> {
  const text = await readFile(join(root, 'machines', 'm', 'serial.log'), 'latin1')
  return [...text.matchAll(/w(\d+)\r/g)].map(([, number]) => Number(number))
}

async function untilMore(): Promise<void> {
  const before = (await printed()).length
  await until(`the guest has its disk again (seed ${seed})`, printed, ({ length }) => length >= before + 3)
}

/** @returns the id of QEMU's process */
async function boot(from: number): Promise<number> {
  const { kernel, initrd, cmdline } = await buildTinyGuest({
    directory: join(tmpdir(), `berth-test-guest-${userInfo().uid}`),
  })
  const store = await openStore()
  const running = await openDriver()
  const domain = await running.start({
    ...idleMachine('m', await store.images('pvc')),
    memoryMiB: 128,
    kernel: { path: kernel, initrd, cmdline },
    serialConsole: true,
  })
  const serial = await domain.openSerial()
  serial.on('error', () => {})
  const line = `i=${from}; while true; do i=$((i+1)); printf '%-512s' "n$i" | dd of=/dev/vda bs=512 seek=$((i%${slots}*128)) conv=notrunc,fsync 2>/dev/null && echo w$i; done`
  // A guest that boots loses what is typed too early.
  const typing = setInterval(() => serial.write('\n'), 200)
  await new Promise<void>((resolve) => {
    let seen = ''
    serial.on('data', (chunk: Buffer) => {
      seen += chunk.toString('latin1')
      if (/[#$] (\r?\n|$)/.test(seen)) resolve()
    })
  })
  clearInterval(typing)
  serial.write(`${line}\n`)
  while ((await printed()).length < 3) await pause(20)
  const { pid = 0 } = domain.status
  serial.destroy()
  await closeDriver()
  return pid
}

/** Kills the engine, and QEMU, where that is given, so long after an image began to go down for the `times`th time. */
async function workAndDie(times: number, afterMs: number, qemu?: number): Promise<void> {
  const child = spawn(process.execPath, [program, root], { stdio: ['ignore', 'pipe', 'pipe'] })
  let words = ''
  child.stderr.on('data', (chunk: Buffer) => (words += chunk.toString('utf8')))
  let left = times
  const lines = createInterface({ input: child.stdout })
  const moment = new Promise<void>((resolve) => {
    lines.on('line', (line) => {
      if (line === 'going down') left -= 1
      if (left === 0) resolve()
    })
    child.once('exit', resolve)
  })
  await once(lines, 'line')
  await untilMore()
  await moment
  await pause(afterMs)
  const isAlive = child.exitCode === null
  if (qemu !== undefined) process.kill(qemu, 'SIGKILL')
  child.kill('SIGKILL')
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  expect({ seed, isAlive, words }).toEqual({ seed, isAlive: true, words: '' })
}

it('has what a guest wrote in the image that is written down, whoever is killed while layers go down', async () => {
  root = await temporaryFolder()
  const random = randomFrom(seed)
  const store = await openStore()
  await store.create('pvc', { sizeBytes: 8 * 1024 ** 2 })
  // Much below, so that what is above goes down.
  await writePattern(await store.images('pvc'), [{ at: 0, bytes: 8 * 1024 ** 2, value: 7 }])
  let last = 0
  for (let life = 0; life < lives; life += 1) {
    const pid = await boot(last)
    for (let death = 0; death < deaths; death += 1) await workAndDie(1 + (death % 2), random() * 150)
    await workAndDie(1, random() * 150, pid)
    const safe = await printed()
    last = Math.max(...safe)
    const after = await openDriver()
    expect(after.list().map(({ status }) => status.state)).toEqual(['stopped'])
    await after.forget('m')
    const found = await openStore()
    const content = await contentOf(await found.images('pvc'))
    for (let slot = 0; slot < slots; slot += 1) {
      const wanted = Math.max(0, ...safe.filter((number) => number % slots === slot))
      const has = /^n(\d+) /.exec(content.toString('latin1', slot * slotBytes, slot * slotBytes + 16))?.[1]
      if (wanted === 0) continue
      // It may have been written and not yet printed.
      const about = { seed, life, slot, wanted, has }
      expect({ ...about, isThere: Number(has) === wanted || Number(has) === last + 1 }).toEqual({
        ...about,
        isThere: true,
      })
    }
    expect(await leftOver(join(root, 'volumes'), found)).toEqual([])
    await closeDriver()
  }
}, 300_000)
