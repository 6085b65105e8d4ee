/** Work on the disks of a machine whose guest writes all the while; then every byte is compared. */

import { readFile } from 'node:fs/promises'
import type { Duplex } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CommitOptions } from '../../disk-work.ts'
import type { AdoptOptions, Domain, Driver } from '../../driver.ts'
import { imagesOf } from '../../image-chain.ts'
import type { DomainDisk } from '../../spec/disks.ts'
import { runInGuest, untilLogged } from '../../testing/console.ts'
import { DiskWriter } from '../../testing/disk-writer.ts'
import { contentSum, headerOf, makeImage, makeOverlay } from '../../testing/images.ts'
import { imagesInUse } from '../../testing/images-in-use.ts'
import { testInspector } from '../../testing/inspector.ts'
import { QemuBench } from '../../testing/qemu.ts'
import { plainSpec } from '../../testing/spec.ts'

const id = 'worked'
const mebibytes = 1
const size = mebibytes * 1024 ** 2
let bench: QemuBench
let driver: Driver
let serial: Duplex
let writer: DiskWriter

function machine(): Domain {
  const domain = driver.get(id)
  if (domain === undefined) throw new Error('the machine is not there')
  return domain
}

function disk(name: string): DomainDisk {
  const found = machine().spec.disks.find((each) => each.name === name)
  if (found === undefined) throw new Error(`there is no disk ${name}`)
  return found
}

const names = (name: string): string[] => imagesOf(disk(name)).map(({ path }) => path.split('/').at(-1) ?? '')

async function reopen(options: AdoptOptions = {}): Promise<void> {
  await driver.close()
  driver = await bench.open()
  await driver.adopt(options)
  serial = await machine().openSerial()
}

/** Names of image files of a disk that QEMU has open, and for what. */
async function openFiles(prefix: string): Promise<[name: string, access: string][]> {
  const images = await imagesInUse(machine().status.pid, bench.file(prefix))
  return images.map(({ path, access }) => [path.split('/').at(-1) ?? '', access])
}

async function snapshot(suffix: string, disks = ['a', 'b']): Promise<void> {
  const overlays = []
  for (const name of disks) {
    overlays.push({ disk: name, path: await makeOverlay(bench.file(`${name}-${suffix}`), disk(name)) })
  }
  await machine().snapshotDisks(overlays)
}

beforeAll(async () => {
  bench = await QemuBench.create()
  driver = await bench.open()
  const { kernel, initrd, cmdline, marker } = await testInspector()
  const backing = { path: await makeImage(bench.file('base'), size, 'raw'), format: 'raw' as const }
  const disks: DomainDisk[] = [
    {
      name: 'a',
      path: await makeOverlay(bench.file('a-0'), backing),
      format: 'qcow2',
      device: 'disk',
      bus: 'virtio',
      readOnly: false,
      backing: [backing],
    },
    {
      name: 'b',
      path: await makeImage(bench.file('b-0'), size),
      format: 'qcow2',
      device: 'disk',
      bus: 'scsi',
      readOnly: false,
    },
  ]
  const domain = await driver.start({
    ...plainSpec(id),
    kernel: { path: kernel, initrd, cmdline },
    memoryMiB: 192,
    graphics: false,
    nics: [],
    diskHotplug: true,
    disks,
  })
  await untilLogged(domain, marker)
  serial = await domain.openSerial()
  writer = await DiskWriter.prepare(serial, [
    { device: 'vda', mebibytes },
    { device: 'sda', mebibytes },
  ])
}, 300_000)

afterAll(() => bench.dispose())

describe('disks of a machine that writes to them', { timeout: 300_000 }, () => {
  it('are frozen all at one instant, and the guest goes on in the new images', async () => {
    await writer.start()
    const sums = await writer.stop()
    await snapshot('1')
    expect(names('a')).toEqual(['a-1', 'a-0', 'base'])
    expect(names('b')).toEqual(['b-1', 'b-0'])
    await writer.start()
    expect(await contentSum({ path: bench.file('a-0'), format: 'qcow2' })).toBe(sums.get('vda'))
    expect(await contentSum({ path: bench.file('b-0'), format: 'qcow2' })).toBe(sums.get('sda'))
    await snapshot('2')
    await snapshot('3', ['a'])
    await writer.writes(3)
    expect((await writer.stop()).get('vda')).not.toBe(sums.get('vda'))
    expect(names('a')).toEqual(['a-3', 'a-2', 'a-1', 'a-0', 'base'])
  })

  it('go down into the image below, wherever that is in the chain', async () => {
    await writer.start()
    const seen: number[] = []
    await machine().commitDisk({
      disk: 'a',
      top: bench.file('a-2'),
      base: bench.file('a-1'),
      backingName: 'a-1',
      onProgress: ({ doneBytes }) => seen.push(doneBytes),
    })
    expect(names('a')).toEqual(['a-3', 'a-1', 'a-0', 'base'])
    expect(await headerOf(bench.file('a-3'))).toMatchObject({ 'backing-filename': 'a-1' })
    expect(seen.length).toBeGreaterThan(0)
    await snapshot('4', ['a'])
    await snapshot('5', ['a'])
    await machine().commitDisk({ disk: 'a', top: bench.file('a-3'), base: bench.file('a-1'), backingName: 'a-1' })
    expect(names('a')).toEqual(['a-5', 'a-4', 'a-1', 'a-0', 'base'])
    expect(await headerOf(bench.file('a-4'))).toMatchObject({ 'backing-filename': 'a-1' })
    await writer.stop()
  })

  it('go down from the top under a writing guest, time and again, or stay', async () => {
    await writer.start()
    const lower = (options: Partial<CommitOptions> = {}): Promise<void> =>
      machine().commitDisk({ disk: 'a', top: disk('a').path, base: bench.file('a-5'), backingName: '', ...options })
    for (let round = 0; round < 5; round += 1) {
      await snapshot(`round-${round}`, ['a'])
      await writer.writes(2)
      await lower()
      await writer.writes(1)
    }
    expect(names('a')).toEqual(['a-5', 'a-4', 'a-1', 'a-0', 'base'])
    await snapshot('up', ['a'])
    await writer.writes(2)
    await expect(lower({ beforeSwitch: () => Promise.reject(new Error('not named')) })).rejects.toThrow('not named')
    await expect(lower({ mostBytes: 0 })).rejects.toMatchObject({ code: 'Timeout', message: /faster/ })
    expect(names('a')[0]).toBe('a-up')
    const stop = new AbortController()
    // Too late: somebody relies on it.
    await lower({ signal: stop.signal, beforeSwitch: async () => stop.abort() })
    const sums = await writer.stop()
    expect(names('a')).toEqual(['a-5', 'a-4', 'a-1', 'a-0', 'base'])
    expect(await contentSum(disk('a'))).toBe(sums.get('vda'))
  })

  it.each([false, true])(
    'are in the image that was written down, after a driver that died (%s)',
    async (isSwitched) => {
      const name = `dying-${isSwitched}`
      await snapshot(name, ['a'])
      await writer.start()
      const { reached, letGo, beforeSwitch } = gate()
      const lowering = machine().commitDisk({
        disk: 'a',
        top: bench.file(`a-${name}`),
        base: bench.file('a-5'),
        backingName: '',
        beforeSwitch,
      })
      await reached
      await driver.close()
      letGo()
      await expect(lowering).rejects.toMatchObject({ code: 'WrongState' })
      await reopen({ isSwitched: async (path) => isSwitched && path === bench.file('a-5') })
      writer.use(serial)
      expect(names('a')[0]).toBe(isSwitched ? 'a-5' : `a-${name}`)
      await writer.writes(2)
      const sums = await writer.stop()
      expect(await contentSum(disk('a'))).toBe(sums.get('vda'))
      if (!isSwitched)
        await machine().commitDisk({ disk: 'a', top: disk('a').path, base: bench.file('a-5'), backingName: '' })
    },
  )

  it('take in what lies below, in the middle of the chain and at its top', async () => {
    await writer.start()
    await machine().streamDisk({ disk: 'a', into: bench.file('a-1'), base: bench.file('base'), backingName: 'base' })
    expect(names('a')).toEqual(['a-5', 'a-4', 'a-1', 'base'])
    expect(await headerOf(bench.file('a-1'))).toMatchObject({ 'backing-filename': 'base' })
    await machine().streamDisk({ disk: 'a', into: bench.file('a-5') })
    expect(names('a')).toEqual(['a-5'])
    expect(await headerOf(bench.file('a-5'))).not.toHaveProperty('backing-filename')
    await machine().streamDisk({ disk: 'a', into: bench.file('a-5') })
    const sums = await writer.stop()
    // All of it is in this one file.
    expect(await contentSum(disk('a'))).toBe(sums.get('vda'))
  })

  it('let QEMU keep no file open that they have no more', async () => {
    expect(await openFiles('a-')).toEqual([['a-5', 'both']])
    expect(await openFiles('b-')).toEqual([
      ['b-0', 'read'],
      ['b-1', 'read'],
      ['b-2', 'both'],
    ])
  })

  it('are known to a driver that takes the machine over, with the images they have now', async () => {
    const before = machine().spec
    await reopen()
    expect(machine().spec).toEqual(before)
  })

  it('can be left as they were in the middle of a merge', async () => {
    const stop = new AbortController()
    const stream = machine().streamDisk({
      disk: 'b',
      into: bench.file('b-2'),
      bytesPerSecond: 64 * 1024,
      signal: stop.signal,
      onProgress: ({ doneBytes }) => doneBytes > 0 && stop.abort(new Error('enough')),
    })
    await expect(machine().resizeDisk('b', 2 * size)).rejects.toMatchObject({
      code: 'WrongState',
      message: /worked on/,
    })
    await expect(stream).rejects.toThrow('enough')
    expect(names('b')).toEqual(['b-2', 'b-1', 'b-0'])
  })

  it('move to another place under the guest, when that place is ready for them', async () => {
    writer.use(serial)
    await writer.start()
    const target = { path: await makeImage(bench.file('b-moved'), size, 'raw'), format: 'raw' as const }
    const refused = machine().mirrorDisk({
      disk: 'b',
      target,
      beforeSwitch: () => Promise.reject(new Error('not yet')),
    })
    await expect(refused).rejects.toThrow('not yet')
    expect(names('b')).toEqual(['b-2', 'b-1', 'b-0'])
    const looks: Buffer[] = []
    await machine().mirrorDisk({
      disk: 'b',
      target,
      // The guest has its requests held back: nothing changes any more.
      beforeSwitch: async () => {
        for (const pause of [0, 200]) {
          await new Promise((resolve) => setTimeout(resolve, pause))
          looks.push(await readFile(target.path))
        }
      },
    })
    expect(looks[0]?.equals(looks[1] ?? Buffer.of())).toBe(true)
    expect(disk('b')).toMatchObject(target)
    expect(disk('b').backing).toBeUndefined()
    await writer.writes(2)
    const sums = await writer.stop()
    expect(await contentSum(disk('b'))).toBe(sums.get('sda'))
    expect(await openFiles('b-')).toEqual([['b-moved', 'both']])
  })

  it.each([false, true])(
    'are where it was written down that they moved to, after a driver that died (%s)',
    async (isMoved) => {
      const target = { path: await makeImage(bench.file(`b-moved-${isMoved}`), size), format: 'qcow2' as const }
      await writer.start()
      const { reached, letGo, beforeSwitch } = gate()
      const moving = machine().mirrorDisk({
        disk: 'b',
        target,
        beforeSwitch,
      })
      await reached
      await driver.close()
      letGo()
      await expect(moving).rejects.toMatchObject({ code: 'WrongState' })
      const asked: unknown[] = []
      await reopen({
        isMoved: async (path, of) => {
          asked.push([path, of])
          return isMoved
        },
      })
      writer.use(serial)
      expect(asked).toEqual([[target.path, { machine: id, name: 'b' }]])
      expect(names('b')).toEqual([isMoved ? 'b-moved-true' : 'b-moved'])
      await writer.writes(2)
      const sums = await writer.stop()
      expect(await contentSum(disk('b'))).toBe(sums.get('sda'))
    },
  )

  it('that have moved by what is written down are switched, also when nobody wants it any more', async () => {
    const target = { path: await makeImage(bench.file('b-late'), size), format: 'qcow2' as const }
    const stop = new AbortController()
    const beforeSwitch = async (): Promise<void> => stop.abort(new Error('too late'))
    await machine().mirrorDisk({ disk: 'b', target, signal: stop.signal, beforeSwitch })
    expect(names('b')).toEqual(['b-late'])
  })

  it('grow, and the guest sees it at once', async () => {
    for (const [name, device] of [
      ['a', 'vda'],
      ['b', 'sda'],
    ] as const) {
      await machine().resizeDisk(name, 2 * size)
      const until = `until [ $(blockdev --getsize64 /dev/${device}) = ${2 * size} ]; do usleep 20000; done`
      await runInGuest(serial, until)
      await expect(machine().resizeDisk(name, size)).rejects.toMatchObject({ code: 'InvalidSpec' })
    }
    expect(await headerOf(disk('a').path)).toMatchObject({ 'virtual-size': 2 * size })
  })
})

/** Holds what calls `beforeSwitch` until it is let go. */
function gate() {
  const reached = Promise.withResolvers<void>()
  const left = Promise.withResolvers<void>()
  return {
    reached: reached.promise,
    letGo: left.resolve,
    beforeSwitch: () => {
      reached.resolve()
      return left.promise
    },
  }
}
