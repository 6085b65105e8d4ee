/** Work on disks that is cut short: the driver is killed, or QEMU. */

import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Domain, Driver } from '../../driver.ts'
import type { DomainDisk } from '../../spec/disks.ts'
import { contentSum, makeImage, makeOverlay } from '../../testing/images.ts'
import { imagesInUse } from '../../testing/images-in-use.ts'
import { QemuBench } from '../../testing/qemu.ts'
import { plainSpec } from '../../testing/spec.ts'

const run = promisify(execFile)
const id = 'cut'
const size = 4 * 1024 ** 2
let bench: QemuBench
let driver: Driver
let sum: string

function machine(): Domain {
  const domain = driver.get(id)
  if (domain === undefined) throw new Error('the machine is not there')
  return domain
}

function disk(): DomainDisk {
  const [found] = machine().spec.disks
  if (found === undefined) throw new Error('the disk is not there')
  return found
}

/** QEMU has exactly the images of the spec, and they hold what they held. */
async function expectWhole(): Promise<void> {
  const inUse = await imagesInUse(machine().status.pid, bench.file(''))
  const { path: head, backing = [] } = disk()
  const wanted = [{ path: head, access: 'both' }, ...backing.map(({ path }) => ({ path, access: 'read' }))]
  expect(new Set(inUse)).toEqual(new Set(wanted))
  expect(await contentSum(disk())).toBe(sum)
}

async function reopen(): Promise<void> {
  await driver.close()
  driver = await bench.open()
  await driver.adopt()
}

async function snapshot(name: string): Promise<void> {
  await machine().snapshotDisks([{ disk: 'a', path: await makeOverlay(bench.file(name), disk()) }])
}

/** Changes what a driver that died would have left on disk. */
async function rewrite(name: 'spec.json' | 'state.json', change: (value: never) => object): Promise<void> {
  const path = join(bench.directory, id, name)
  await writeFile(path, JSON.stringify(change(JSON.parse(await readFile(path, 'utf8')) as never)))
}

beforeAll(async () => {
  bench = await QemuBench.create()
  driver = await bench.open()
  const path = await makeImage(bench.file('a-0'), size)
  await run('qemu-io', ['-f', 'qcow2', '-c', 'write -P 7 0 3M', '-c', 'write -P 9 3500k 100k', path])
  // Its firmware finds nothing to boot and waits. It runs, because QEMU closes no file that it was given while a machine is paused.
  await driver.start({
    ...plainSpec(id),
    graphics: false,
    nics: [],
    disks: [{ name: 'a', path, format: 'qcow2', device: 'disk', bus: 'virtio', readOnly: false }],
  })
  sum = await contentSum(disk())
}, 300_000)

afterAll(() => bench.dispose())

describe('work on disks that is cut short', { timeout: 300_000 }, () => {
  it('by a driver that lets go is cancelled by the next one', async () => {
    await snapshot('a-1')
    const begun = Promise.withResolvers<void>()
    const left = machine().streamDisk({
      disk: 'a',
      into: bench.file('a-1'),
      bytesPerSecond: 64 * 1024,
      onProgress: () => begun.resolve(),
    })
    left.catch(() => {})
    await begun.promise
    await reopen()
    await expect(left).rejects.toMatchObject({ code: 'WrongState' })
    await expectWhole()
    await machine().streamDisk({ disk: 'a', into: bench.file('a-1') })
    expect(disk().backing).toBeUndefined()
    await expectWhole()
  })

  it('after QEMU had done it and before that was written down is found done', async () => {
    const before = machine().spec
    await snapshot('a-2')
    const after = machine().spec
    await driver.close()
    await rewrite('spec.json', () => before)
    await rewrite('state.json', (state: object) => ({ ...state, diskChanges: after.disks }))
    driver = await bench.open()
    await driver.adopt()
    expect(machine().spec).toEqual(after)
    await expectWhole()
    expect(JSON.parse(await readFile(join(bench.directory, id, 'spec.json'), 'utf8'))).toEqual(after)
  })

  it('before QEMU was asked is found not done', async () => {
    const before = machine().spec
    const overlay = { path: await makeOverlay(bench.file('a-never'), disk()), format: 'qcow2' }
    const { backing = [], path, format, ...rest } = disk()
    await driver.close()
    const change = { ...rest, ...overlay, backing: [{ path, format }, ...backing] }
    await rewrite('state.json', (state: object) => ({ ...state, diskChanges: [change] }))
    driver = await bench.open()
    await driver.adopt()
    expect(machine().spec).toEqual(before)
    await expectWhole()
  })

  it('by a driver that is killed, at any moment, leaves every disk whole and known', async () => {
    const program = new URL('../../testing/disk-worker-process.ts', import.meta.url).pathname
    const worker = [program, bench.directory, bench.file(''), String(size)]
    const named = bench.file('named')
    for (let round = 0; round < 9; round += 1) {
      await driver.close()
      await rm(named, { force: true })
      const child = spawn(process.execPath, worker, { stdio: ['ignore', 'pipe', 'inherit'] })
      await once(child.stdout, 'data')
      // The moment of death is the point here.
      await delay(150 + round * 170)
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
      driver = await bench.open()
      const head = await readFile(named, 'utf8').catch(() => undefined)
      const isNamed = async (path: string): Promise<boolean> => path === head
      await driver.adopt({ isSwitched: isNamed, isMoved: isNamed })
      await expectWhole()
      // What was written down to be the disk's image is.
      if (head !== undefined) expect(disk().path).toBe(head)
      await machine().resizeDisk('a', size)
    }
  })

  it('by the end of QEMU is rejected', async () => {
    await snapshot('a-last')
    const begun = Promise.withResolvers<void>()
    const left = machine().streamDisk({
      disk: 'a',
      into: bench.file('a-last'),
      bytesPerSecond: 64 * 1024,
      onProgress: () => begun.resolve(),
    })
    left.catch(() => {})
    await begun.promise
    process.kill(machine().status.pid ?? 0, 'SIGKILL')
    await expect(left).rejects.toMatchObject({ code: 'WrongState', message: /ended/ })
    expect(await contentSum(disk())).toBe(sum)
    await expect(machine().resizeDisk('a', size)).rejects.toMatchObject({ code: 'WrongState' })
  })
})
