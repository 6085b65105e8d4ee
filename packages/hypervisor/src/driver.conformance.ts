/** What every driver must do. Each implementation's test calls `driverConformance` with a way to make it and a guest that obeys. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DiskOverlay } from './disk-work.ts'
import type { Domain, Driver } from './driver.ts'
import { imagesOf } from './image-chain.ts'
import type { DomainDisk } from './spec/disks.ts'
import type { DomainSpec } from './spec/domain.ts'
import { EventLog } from './testing/event-log.ts'
import { untilLogged, untilPrinted } from './testing/console.ts'

export interface ConformanceSubject {
  /** A driver over the subject's state, as it was left by the one before. */
  open(): Promise<Driver>
  /** A machine whose guest prints `marker` on its serial console when it is up, and obeys the power button then. */
  spec(id: string): DomainSpec
  marker: string
  /** A disk with an empty qcow2 image of a mebibyte. */
  disk(name: string): Promise<DomainDisk>
  /** An empty image on top of a disk's. */
  overlay(disk: DomainDisk, name: string): Promise<string>
  /** Resolves when the guest's network is up. */
  online(domain: Domain): Promise<void>
  /** Names of machines in the subject's state on disk. */
  remains(): Promise<string[]>
  /** Ends everything and removes the state. */
  dispose(): Promise<void>
}

export function driverConformance(name: string, make: () => Promise<ConformanceSubject>): void {
  describe(`${name}: driver conformance`, { timeout: 120_000 }, () => {
    let subject: ConformanceSubject
    let driver: Driver
    let log: EventLog

    beforeAll(async () => {
      subject = await make()
      driver = await subject.open()
      log = new EventLog(driver)
    })

    afterAll(async () => {
      for (const domain of driver.list()) await domain.destroy()
      await driver.close()
      await subject.dispose()
    })

    async function reopen(): Promise<{ adopted: Domain[]; ended: Domain[] }> {
      await driver.close()
      driver = await subject.open()
      log = new EventLog(driver)
      return driver.adopt()
    }

    function domain(id: string): Domain {
      const found = driver.get(id)
      if (found === undefined) throw new Error(`${id} is not there`)
      return found
    }

    describe('a machine that runs', () => {
      it('starts: starting, then running', async () => {
        const started = await driver.start(subject.spec('one'))
        expect(started.status).toMatchObject({ state: 'running' })
        expect(log.states('one')).toEqual(['starting', 'running'])
        expect(driver.list()).toEqual([started])
        await untilLogged(started, subject.marker)
      })

      it('is there once', async () => {
        await expect(driver.start(subject.spec('one'))).rejects.toMatchObject({ code: 'AlreadyExists' })
      })

      it('pauses and resumes, with one event each', async () => {
        log.clear()
        await domain('one').pause()
        expect(domain('one').status).toMatchObject({ state: 'paused', reason: 'user' })
        await expect(domain('one').pause()).rejects.toMatchObject({ code: 'WrongState' })
        await domain('one').resume()
        await expect(domain('one').resume()).rejects.toMatchObject({ code: 'WrongState' })
        expect(log.states('one')).toEqual(['paused', 'running'])
      })

      it('gives the serial console to the newest session', async () => {
        const first = await domain('one').openSerial()
        const second = await domain('one').openSerial()
        expect(first.destroyed).toBe(true)
        second.write('echo newest\n')
        await untilPrinted(second, 'newest')
        second.destroy()
      })

      it('gives the screen to the newest session, unless asked to preserve the one there', async () => {
        const first = await domain('one').openVnc({ preserve: false })
        await untilPrinted(first, 'RFB 003.')
        await expect(domain('one').openVnc({ preserve: true })).rejects.toMatchObject({ code: 'WrongState' })
        const second = await domain('one').openVnc({ preserve: false })
        expect(first.destroyed).toBe(true)
        await untilPrinted(second, 'RFB 003.')
        second.destroy()
      })

      it('shows its screen as PNG', async () => {
        const png = await domain('one').screenshot()
        expect(png.subarray(0, 8)).toEqual(Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'))
      })

      it('tells what it uses', async () => {
        const metrics = await domain('one').metrics()
        expect(metrics.cpuSeconds).toBeGreaterThanOrEqual(0)
        expect(Object.keys(metrics.disks)).toEqual(subject.spec('one').disks.map(({ name }) => name))
      })

      it('reads the serial log from its end, and to its end', async () => {
        const { signal } = new AbortController()
        const pieces: Uint8Array[] = []
        for await (const piece of domain('one').serialLog({ tailBytes: 10, follow: false, signal })) pieces.push(piece)
        expect(Buffer.concat(pieces)).toHaveLength(10)
      })

      it('stops following the serial log when told', async () => {
        const stop = new AbortController()
        const log = domain('one').serialLog({ tailBytes: 0, follow: true, signal: stop.signal })
        const pieces = log[Symbol.asyncIterator]()
        const next = pieces.next()
        stop.abort()
        expect(await next).toMatchObject({ done: true })
      })

      it('knows its network cards', async () => {
        await expect(domain('one').setLink('other', false)).rejects.toMatchObject({ code: 'NotFound' })
        await domain('one').setLink('default', false)
        await domain('one').setLink('default', true)
      })

      it.each([0, -1, 70_000, 1.5, Number.NaN])('does not dial port %s', async (port) => {
        await expect(domain('one').dial(port)).rejects.toMatchObject({ code: 'InvalidSpec' })
      })

      it('dials no UDP port that is none', async () => {
        await expect(domain('one').dial(70_000, 'udp')).rejects.toMatchObject({ code: 'InvalidSpec' })
      })

      it('has no slot for USB devices that it was not given', async () => {
        await expect(domain('one').openUsbRedirection()).rejects.toMatchObject({ code: 'WrongState' })
      })

      it('refuses to dial where nothing listens', async () => {
        await subject.online(domain('one'))
        await expect(domain('one').dial(4321)).rejects.toMatchObject({ code: 'Refused' })
      })

      it('outlives its driver: a new one finds it as it was', async () => {
        const before = domain('one')
        const { adopted, ended } = await reopen()
        expect(adopted.map(({ id }) => id)).toEqual(['one'])
        expect(ended).toEqual([])
        expect(domain('one').spec).toEqual(before.spec)
        expect(domain('one').startedAt).toEqual(before.startedAt)
        expect(domain('one').status).toEqual(before.status)
      })

      it('is adopted paused when it was paused', async () => {
        await domain('one').pause()
        await reopen()
        expect(domain('one').status).toMatchObject({ state: 'paused', reason: 'user' })
        await domain('one').resume()
        expect(log.states('one')).toContain('running')
      })

      it('says when it was reset, and boots again', async () => {
        log.clear()
        await domain('one').reset()
        await log.until((event) => event.type === 'reset' && event.id === 'one')
        expect(domain('one').status.state).toBe('running')
      })

      it('is not forgotten while it runs', async () => {
        await expect(driver.forget('one')).rejects.toMatchObject({ code: 'WrongState' })
      })

      it('is destroyed, tells why, and takes no calls any more', async () => {
        log.clear()
        await domain('one').destroy()
        expect(domain('one').status).toEqual({ state: 'stopped', reason: 'destroyed', agentConnected: false })
        expect(log.states('one')).toEqual(['stopped'])
        await domain('one').destroy()
        await expect(domain('one').pause()).rejects.toMatchObject({ code: 'WrongState' })
        await expect(domain('one').openSerial()).rejects.toMatchObject({ code: 'WrongState' })
        await expect(domain('one').screenshot()).rejects.toMatchObject({ code: 'WrongState' })
      })

      it('is reported as ended to the next driver, with the reason, until it is forgotten', async () => {
        const { adopted, ended } = await reopen()
        expect(adopted).toEqual([])
        expect(ended.map(({ id, status }) => [id, status.reason])).toEqual([['one', 'destroyed']])
        await driver.forget('one')
        await driver.forget('one')
        expect(driver.list()).toEqual([])
        expect(await reopen()).toEqual({ adopted: [], ended: [] })
        expect(await subject.remains()).toEqual([])
      })
    })

    it('ends when the guest obeys the power button', async () => {
      const started = await driver.start(subject.spec('two'))
      await untilLogged(started, subject.marker)
      await started.powerDown()
      await log.untilState('two', 'stopped')
      expect(started.status).toEqual({ state: 'stopped', reason: 'guest-shutdown', agentConnected: false })
      await driver.forget('two')
    })

    it('starts paused when asked to, and runs when resumed', async () => {
      const started = await driver.start({ ...subject.spec('three'), startPaused: true })
      expect(started.status).toMatchObject({ state: 'paused', reason: 'user' })
      await started.resume()
      expect(log.states('three')).toEqual(['starting', 'paused', 'running'])
      await started.destroy()
      await driver.forget('three')
    })

    describe('disks of a machine', () => {
      let names = 0

      function disk(name: string): DomainDisk {
        const found = domain('worked').spec.disks.find((each) => each.name === name)
        if (found === undefined) throw new Error(`there is no disk ${name}`)
        return found
      }

      async function overlay(name: string): Promise<DiskOverlay> {
        names += 1
        return { disk: name, path: await subject.overlay(disk(name), `overlay-${names}`) }
      }

      beforeAll(async () => {
        const locked: DomainDisk = { ...(await subject.disk('locked')), readOnly: true }
        const shared: DomainDisk = { ...(await subject.disk('shared')), shareable: true }
        const disks = [await subject.disk('one'), await subject.disk('two'), locked, shared]
        await driver.start({ ...subject.spec('worked'), startPaused: true, disks })
      })

      afterAll(async () => {
        await domain('worked').destroy()
        await driver.forget('worked')
      })

      it('get new images on top, also for the next driver', async () => {
        const before = disk('one')
        const overlays = [await overlay('one'), await overlay('two')]
        await domain('worked').snapshotDisks(overlays)
        const backing = [{ path: before.path, format: 'qcow2' }]
        expect(disk('one')).toEqual({ ...before, path: overlays[0]?.path, backing })
        const { spec } = domain('worked')
        await reopen()
        expect(domain('worked').spec).toEqual(spec)
      })

      it('merge as asked, down and up', async () => {
        await domain('worked').snapshotDisks([await overlay('one')])
        const [top = '', middle = '', base = ''] = imagesOf(disk('one')).map(({ path }) => path)
        await domain('worked').commitDisk({ disk: 'one', top: middle, base, backingName: 'base' })
        expect(imagesOf(disk('one')).map(({ path }) => path)).toEqual([top, base])
        await domain('worked').streamDisk({ disk: 'one', into: top })
        expect(imagesOf(disk('one')).map(({ path }) => path)).toEqual([top])
      })

      it('go down into the image below, when that is written down', async () => {
        const { path: base } = disk('one')
        const { disk: name, path: top } = await overlay('one')
        await domain('worked').snapshotDisks([{ disk: name, path: top }])
        const lower = (beforeSwitch: () => Promise<void>): Promise<void> =>
          domain('worked').commitDisk({ disk: name, top, base, backingName: '', beforeSwitch })
        await expect(lower(() => Promise.reject(new Error('no room')))).rejects.toThrow('no room')
        expect(imagesOf(disk('one')).map(({ path }) => path)).toEqual([top, base])
        let named = ''
        await lower(async () => {
          named = disk('one').path
        })
        expect(named).toBe(top)
        expect(imagesOf(disk('one')).map(({ path }) => path)).toEqual([base])
      })

      it('move to another image', async () => {
        const { path, format } = await subject.disk('moved')
        await domain('worked').mirrorDisk({ disk: 'one', target: { path, format } })
        expect(imagesOf(disk('one'))).toEqual([{ path, format }])
      })

      it('stay where they are when the new place is not ready, or nobody wants it any more', async () => {
        const before = domain('worked').spec
        const { path, format } = await subject.disk('elsewhere')
        const beforeSwitch = (): Promise<void> => Promise.reject(new Error('not ready'))
        const move = { disk: 'one', target: { path, format } }
        await expect(domain('worked').mirrorDisk({ ...move, beforeSwitch })).rejects.toThrow('not ready')
        const signal = AbortSignal.abort(new Error('too late'))
        await expect(domain('worked').mirrorDisk({ ...move, signal })).rejects.toThrow('too late')
        expect(domain('worked').spec).toEqual(before)
      })

      it('count what is written, over snapshots, until told not to', async () => {
        await domain('worked').addBitmap({ disks: ['one', 'two'], name: 'since' })
        await expect(domain('worked').addBitmap({ disks: ['two'], name: 'since' })).rejects.toMatchObject({
          code: 'AlreadyExists',
        })
        await domain('worked').snapshotDisks([await overlay('two')])
        const target = { disk: 'two', path: (await subject.disk('copy')).path }
        const copied = await domain('worked').backupDisks({ disks: [target], since: 'since', checkpoint: 'next' })
        expect(copied.disks.map((each) => each.disk)).toEqual(['two'])
        expect(await domain('worked').bitmapsOf('two')).toContain('since')
        await domain('worked').removeBitmap({ disks: ['one', 'two'], name: 'since' })
        expect(await domain('worked').bitmapsOf('two')).not.toContain('since')
        await domain('worked').removeBitmap({ disks: ['one', 'two'], name: 'since' })
        await expect(domain('worked').backupDisks({ disks: [target], since: 'since' })).rejects.toMatchObject({
          code: 'NotFound',
        })
      })

      it.each<[string, string, (machine: Domain) => Promise<unknown>]>([
        ['snapshot of a disk that is not there', 'NotFound', (m) => m.snapshotDisks([{ disk: 'no', path: '/o' }])],
        ['snapshot of nothing', 'InvalidSpec', (m) => m.snapshotDisks([])],
        ['snapshot into a relative path', 'InvalidSpec', (m) => m.snapshotDisks([{ disk: 'one', path: 'o' }])],
        [
          'snapshot into its own image',
          'InvalidSpec',
          (m) => m.snapshotDisks([{ disk: 'one', path: disk('two').path }]),
        ],
        [
          'snapshot of a disk nobody writes to',
          'Unsupported',
          (m) => m.snapshotDisks([{ disk: 'locked', path: '/o' }]),
        ],
        ['snapshot of a shared disk', 'Unsupported', (m) => m.snapshotDisks([{ disk: 'shared', path: '/o' }])],
        ['stream into an unknown image', 'NotFound', (m) => m.streamDisk({ disk: 'one', into: '/o' })],
        [
          'stream without a name for what stays below',
          'InvalidSpec',
          (m) => m.streamDisk({ disk: 'two', into: disk('two').path, base: disk('two').backing?.[0]?.path ?? '' }),
        ],
        [
          'commit into what is not below',
          'NotFound',
          (m) => m.commitDisk({ disk: 'two', top: disk('two').path, base: '/o', backingName: 'o' }),
        ],
        [
          'move to where it is',
          'InvalidSpec',
          (m) => m.mirrorDisk({ disk: 'one', target: { path: disk('one').path, format: 'qcow2' } }),
        ],
        ['size that is no number of sectors', 'InvalidSpec', (m) => m.resizeDisk('one', 1000)],
        ['growth of a disk that is not there', 'NotFound', (m) => m.resizeDisk('no', 1024 ** 2)],
        ['bitmap with a name that is options', 'InvalidSpec', (m) => m.addBitmap({ disks: ['one'], name: 'a,b' })],
      ])('refuse: %s', async (_, code, act) => {
        const before = domain('worked').spec
        await expect(act(domain('worked'))).rejects.toMatchObject({ code })
        expect(domain('worked').spec).toEqual(before)
      })
    })

    describe('refuses a wrong spec and leaves nothing behind', () => {
      it.each<[string, Partial<DomainSpec>]>([
        ['a path as id', { id: '../../etc' }],
        ['an id that is an option', { id: '-machine' }],
        ['control characters in the title', { title: 'a\nb' }],
        ['no memory', { memoryMiB: 0 }],
        ['a machine that is options', { machine: 'q35,accel=kvm' }],
        ['a CPU model that is options', { cpu: { ...cpu, model: 'max,+vmx' } }],
        ['a CPU feature that is options', { cpu: { ...cpu, features: [{ name: 'vmx=on,foo', policy: 'require' }] } }],
        ['too many processors', { cpu: { ...cpu, cores: 5000 } }],
        ['an unknown UUID form', { uuid: 'x' }],
      ])('%s', async (_, change) => {
        await expect(driver.start({ ...subject.spec('wrong'), ...change })).rejects.toMatchObject({
          code: 'InvalidSpec',
        })
        expect(driver.list()).toEqual([])
        expect(await subject.remains()).toEqual([])
      })

      it('an unknown machine type', async () => {
        const start = driver.start({ ...subject.spec('wrong'), machine: 'pc-q35-rhel99' })
        await expect(start).rejects.toMatchObject({ code: 'Unsupported' })
        expect(await subject.remains()).toEqual([])
      })
    })
  })
}

const cpu: DomainSpec['cpu'] = { sockets: 1, cores: 1, threads: 1, features: [] }
