import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { BenchContext } from '../context.ts'
import { freshEngine, type RunningEngine } from '../engine/fixtures.ts'
import { against, type BenchLine } from '../line.ts'
import { openStarter } from '../load/machine-starts.ts'
import { machine } from '../load/objects.ts'
import { residentBytes } from '../load/resident.ts'
import { median } from '../statistics.ts'

const mebibyte = 1024 * 1024
const guestMiB = 128
/** What the built-in guest prints when it is up. */
const greeting = 'berth guest ready'
/** Emulated guests, all booting on the same few processors. */
const bootTimeoutMs = 15 * 60_000
/** Agent polls and heartbeats are ten seconds and more apart. */
const idleMs = 60_000

interface Crowd extends RunningEngine {
  machines: number
  /** Of the engine before the first machine. */
  alone: { cpuPercent: number; settledBytes: number }
}

/** Real guests that have all booted and have nothing to do. */
function crowd(context: BenchContext): Promise<Crowd> {
  return context.shared('crowd', async () => {
    const machines = context.quick ? 4 : 50
    const running = await freshEngine(context, 'qemu')
    const starter = await openStarter(running.access)
    // The first machine loads code that the others find loaded.
    await starter.start(machine('warm-up', { runStrategy: 'Always', paused: true }))
    await starter.remove('warm-up')
    const alone = {
      cpuPercent: await idlePercent(context, running),
      settledBytes: (await running.engine.call('memory', null)).settledBytes,
    }
    context.log(`booting ${machines} guests`)
    const wanted = Array.from({ length: machines }, (_, index) =>
      machine(`crowd-${index}`, { runStrategy: 'Always', memory: `${guestMiB}Mi` }),
    )
    await starter.startMany(wanted, 100)
    starter.close()
    await allGreeted(running.dataDir, machines)
    return { value: { ...running, machines, alone }, dispose: () => running.engine.close() }
  })
}

async function allGreeted(dataDir: string, machines: number): Promise<void> {
  const folder = join(dataDir, 'machines')
  const deadline = performance.now() + bootTimeoutMs
  for (;;) {
    const logs = await Promise.all(
      (await readdir(folder)).map((id) => readFile(join(folder, id, 'serial.log'), 'latin1').catch(() => '')),
    )
    const greeted = logs.filter((log) => log.includes(greeting)).length
    if (greeted >= machines) return
    if (performance.now() > deadline) throw new Error(`${greeted} of ${machines} guests have booted`)
    await delay(500)
  }
}

/** Share of one processor that the engine's process takes, in percent. */
async function idlePercent(context: BenchContext, { engine }: RunningEngine): Promise<number> {
  const window = context.quick ? idleMs / 10 : idleMs
  const before = await engine.call('cpu', null)
  await delay(window)
  const after = await engine.call('cpu', null)
  return ((after.usedMs - before.usedMs) / (after.atMs - before.atMs)) * 100
}

export const densityIdle: BenchLine = {
  name: 'density-idle',
  what: 'processor time of the engine while 50 booted guests have nothing to do, in percent of one processor',
  budget: { of: 'value', bound: 'at most', amount: 3 },
  async run(context) {
    const { alone, machines, ...running } = await crowd(context)
    return against(
      { what: 'the same engine before the first machine', value: alone.cpuPercent },
      {
        value: await idlePercent(context, running),
        unit: '%',
        note: `${machines} guests of ${guestMiB} MiB on real QEMU, watched for ${(context.quick ? idleMs / 10 : idleMs) / 1000} s`,
      },
    )
  },
}

export const densityMemory: BenchLine = {
  name: 'density-memory',
  what: 'memory the engine adds per VM with 50 booted guests',
  budget: { of: 'value', bound: 'at most', amount: 8 },
  async run(context) {
    const { alone, machines, engine } = await crowd(context)
    const { settledBytes } = await engine.call('memory', null)
    const processes = (await engine.call('machines', null)).flatMap(({ pid }) => pid ?? [])
    const resident = median(await Promise.all(processes.map(residentBytes))) / mebibyte
    return {
      value: (settledBytes - alone.settledBytes) / machines / mebibyte,
      unit: 'MiB',
      note: `${machines} guests of ${guestMiB} MiB; a QEMU with its guest's memory is resident with ${resident.toFixed(0)} MiB (median), which is not the engine's`,
    }
  },
}
