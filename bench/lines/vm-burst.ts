import { setTimeout as delay } from 'node:timers/promises'
import { recipeOf, startBareQemu, type QemuRecipe } from '../baselines/bare-qemu.ts'
import type { BenchContext } from '../context.ts'
import { freshEngine } from '../engine/fixtures.ts'
import { against, type BenchLine } from '../line.ts'
import { openStarter } from '../load/machine-starts.ts'
import { machine } from '../load/objects.ts'
import { percentile, spread } from '../statistics.ts'

const everyMs = 100

interface Burst {
  values: number[]
  recipe: QemuRecipe | undefined
}

async function burst(context: BenchContext, driver: 'qemu' | 'simulated'): Promise<Burst> {
  const { engine, access } = await freshEngine(context, driver)
  const starter = await openStarter(access)
  // The first machine loads code that the others find loaded.
  await starter.start(held('warm-up'))
  const [first] = await engine.call('machines', null)
  const recipe = first?.pid === undefined ? undefined : await recipeOf(first.pid)
  const machines = Array.from({ length: sizeOf(context) }, (_, index) => held(`burst-${index}`))
  const values = await starter.startMany(machines, everyMs)
  starter.close()
  await engine.close()
  return { values, recipe }
}

/** The guest waits to be started, so that QEMU's start is measured and not a hundred boots at once. */
function held(name: string) {
  return machine(name, { runStrategy: 'Always', paused: true })
}

function sizeOf({ quick }: BenchContext): number {
  return quick ? 20 : 100
}

function noteOf(values: readonly number[]): string {
  return `${values.length} VMs, one every ${everyMs} ms, over TLS; ${spread(values)}`
}

export const vmBurstSimulated: BenchLine = {
  name: 'vm-burst',
  what: '100 VMs created 100 ms apart, create to Running p95, simulated machines',
  budget: { of: 'value', bound: 'at most', amount: 1000 },
  async run(context) {
    const { values } = await burst(context, 'simulated')
    return { value: percentile(values, 0.95), unit: 'ms', note: noteOf(values) }
  },
}

export const vmBurstQemu: BenchLine = {
  name: 'vm-burst-qemu',
  what: '100 VMs created 100 ms apart, create to Running p95, real QEMU, guests held (startStrategy Paused)',
  budget: { of: 'value', bound: 'at most', amount: 1000 },
  async run(context) {
    const { values, recipe } = await burst(context, 'qemu')
    if (recipe === undefined) throw new Error('the machine has no process')
    const bare = await bareBurst(context, recipe)
    return against(
      { what: 'as many of the same QEMU spawned bare, as far apart', value: percentile(bare, 0.95) },
      { value: percentile(values, 0.95), unit: 'ms', note: noteOf(values) },
    )
  },
}

async function bareBurst(context: BenchContext, recipe: QemuRecipe): Promise<number[]> {
  const begin = performance.now()
  const started = await Promise.all(
    Array.from({ length: sizeOf(context) }, async (_, index) => {
      await delay(Math.max(0, begin + index * everyMs - performance.now()))
      return startBareQemu(context, recipe, 'prelaunch')
    }),
  )
  await Promise.all(started.map(({ end }) => end()))
  return started.map(({ took }) => took)
}
