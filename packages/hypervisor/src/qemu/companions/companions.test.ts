/** Helper processes of real machines: they come with them, are limited and confined as they are, and go with them. */

import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { appendFile, link, mkdir, mkdtemp, readFile, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Driver } from '../../driver.ts'
import type { DomainSpec } from '../../spec/domain.ts'
import { EventLog } from '../../testing/event-log.ts'
import { QemuBench } from '../../testing/qemu.ts'
import { processesByMachine } from '../machine-processes.ts'
import { uidsOf } from '../uid-pool.ts'
import { isAlive, signalProcess, type ProcessIdentity } from '../process-identity.ts'

describe('helper processes', { timeout: 300_000 }, () => {
  let bench: QemuBench
  let driver: Driver
  let shared: string

  beforeAll(async () => {
    bench = await QemuBench.create()
    driver = await bench.open()
    shared = await mkdtemp(join(tmpdir(), 'berth-shared-'))
    await writeFile(join(shared, 'greeting'), 'hello')
  })

  afterAll(async () => {
    await bench.dispose()
    await rm(shared, { recursive: true })
  })

  const withTpm = (id: string): DomainSpec =>
    bench.spec(id, { tpm: { model: 'tpm-tis', kept: false }, startPaused: true })

  /** Of helpers that are where they were started. */
  function helpers(id: string): ProcessIdentity[] {
    const all = processesByMachine(bench.directory).get(id) ?? []
    return all.filter(({ companion }) => companion !== undefined).map(({ identity }) => identity)
  }

  it('run as the machine does, with a system call filter, and end with it', async () => {
    const domain = await driver.start(withTpm('a'))
    const [emulator] = helpers('a')
    const status = await readFile(`/proc/${emulator?.pid}/status`, 'utf8')
    const machine = await readFile(`/proc/${domain.status.pid}/status`, 'utf8')
    expect(/^Uid:.*$/m.exec(status)?.[0]).toBe(/^Uid:.*$/m.exec(machine)?.[0])
    expect(/^Seccomp:\s*2$/m.test(status)).toBe(true)
    expect(await readFile(`/proc/${emulator?.pid}/environ`, 'utf8')).not.toContain('HOME=')
    await domain.destroy()
    await driver.forget('a')
    expect(bench.processes()).toEqual([])
    expect((await readdir(bench.directory)).filter((name) => !name.startsWith('.'))).toEqual([])
  })

  it('are told of when they end by themselves, and the machine runs on', async () => {
    const events = new EventLog(driver)
    const domain = await driver.start(withTpm('b'))
    for (const identity of helpers('b')) signalProcess(identity, 'SIGKILL')
    expect(await events.until((event) => event.type === 'companion' && event.id === 'b')).toMatchObject({
      message: expect.stringMatching(/^The TPM emulator ended while the machine runs/),
    })
    expect(domain.status.state).toBe('paused')
    await domain.destroy()
    await driver.forget('b')
  })

  it('may print as much as they like: little of it is kept', async () => {
    const domain = await driver.start(withTpm('g'))
    const log = join(bench.directory, 'g', 'tpm.log')
    await appendFile(log, Buffer.alloc(1024 ** 2, 'x'))
    await expect.poll(async () => (await stat(log)).size).toBeLessThan(256 * 1024)
    await domain.destroy()
    await driver.forget('g')
  })

  it('keep what they are told to keep, in a folder that only one machine can use at a time', async () => {
    const stateFolder = bench.file('state')
    await mkdir(stateFolder)
    const kept = (id: string): DomainSpec =>
      bench.spec(id, { tpm: { model: 'tpm-crb', kept: true }, stateFolder, startPaused: true })
    const first = await driver.start(kept('c'))
    await expect(driver.start(kept('d'))).rejects.toMatchObject({ code: 'StartFailed' })
    expect(driver.get('d')).toBeUndefined()
    await first.destroy()
    await driver.forget('c')
    expect(await readdir(join(stateFolder, 'tpm'))).toContain('tpm2-00.permall')
    // What a machine in a guest's hands might leave behind, to be given files of the host at its next start.
    const ofTheHost = bench.file('of-the-host')
    await writeFile(ofTheHost, 'x')
    await link(ofTheHost, join(stateFolder, 'tpm', 'hard'))
    await symlink(ofTheHost, join(stateFolder, 'tpm', 'soft'))
    const again = await driver.start(kept('d'))
    expect((await stat(ofTheHost)).uid).toBe(process.getuid?.())
    await again.destroy()
    await driver.forget('d')
  })

  it('serve a folder from a place they cannot leave, and end with the machine', async () => {
    const { virtiofs } = driver.capabilities()
    const spec = bench.spec('e', {
      sharedMemory: true,
      sharedFolders: [{ tag: 'conf', path: shared }],
      startPaused: true,
    })
    if (virtiofs === undefined || 'missing' in virtiofs) {
      await expect(driver.start(spec)).rejects.toMatchObject({
        code: 'Unsupported',
        message: /folders cannot be shared/,
      })
      return
    }
    const domain = await driver.start(spec)
    const state = JSON.parse(await readFile(join(bench.directory, 'e', 'state.json'), 'utf8'))
    const server: ProcessIdentity = state.companions.fs0
    expect(isAlive(server)).toBe(true)
    expect(await readFile(`/proc/${server.pid}/mountinfo`, 'utf8')).toMatch(/ \/ ro,/)
    await domain.destroy()
    await driver.forget('e')
    expect(isAlive(server)).toBe(false)
  })

  it('of a machine that a killed driver started are taken over, and those of a half-started one are ended', async () => {
    const child = await driverProcess([withTpm('f')], 'f ')
    await kill(child)
    const before = helpers('f')
    expect(before).toHaveLength(1)
    const second = await bench.open()
    const { adopted } = await second.adopt()
    expect(adopted.map(({ id }) => id)).toEqual(['f'])
    expect(helpers('f')).toEqual(before)
    await adopted[0]?.destroy()
    await second.forget('f')
    expect(bench.processes()).toEqual([])
    await second.close()
    for (let round = 0; round < 6; round += 1) {
      const cut = await driverProcess([withTpm(`r${round}`)], 'open')
      // The moment of death is the point here; it sweeps over the start of the helper and of QEMU.
      await delay(round * 10)
      await kill(cut)
      const next = await bench.open()
      const { adopted: alive, ended } = await next.adopt()
      for (const domain of [...alive, ...ended]) {
        await domain.destroy()
        await next.forget(domain.id)
      }
      expect(bench.processes()).toEqual([])
      await next.close()
    }
  })

  it('that no machine has, wherever they run, are ended before a driver begins', async () => {
    const [child, stray] = [spawn('sleep', ['60'], { cwd: '/', stdio: 'ignore' }), spawnAsMachine()]
    const next = await bench.open()
    await next.adopt()
    expect(child.exitCode ?? child.signalCode).toBeNull()
    child.kill()
    if (stray !== undefined) expect(await stray).toEqual([null, 'SIGKILL'])
    await next.close()
  })

  /** As a user that only machines have, where users can be chosen. */
  function spawnAsMachine(): Promise<unknown[]> | undefined {
    if (process.getuid?.() !== 0) return undefined
    const { base } = uidsOf(bench.directory, readFileSync('/proc/self/uid_map', 'utf8'))
    if (base < 1_000_000_000) return undefined
    const stray = spawn('sleep', ['60'], { cwd: '/', stdio: 'ignore', uid: base + 77, gid: base + 77 })
    return once(stray, 'exit')
  }

  async function driverProcess(specs: DomainSpec[], text: string): Promise<ChildProcess> {
    const program = new URL('../../testing/driver-process.ts', import.meta.url).pathname
    const child = spawn(process.execPath, [program, bench.directory, JSON.stringify(specs)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let printed = ''
    await new Promise<void>((resolve, reject) => {
      child.stdout.on('data', (chunk: Buffer) => {
        printed += chunk.toString()
        if (printed.includes(text)) resolve()
      })
      child.once('exit', () => reject(new Error(`the driver ended: ${printed}`)))
    })
    return child
  }

  async function kill(child: ChildProcess): Promise<void> {
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }
})
