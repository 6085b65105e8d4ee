import { freshEngine } from '../engine/fixtures.ts'
import type { BenchLine } from '../line.ts'
import { openStarter } from '../load/machine-starts.ts'
import { machine } from '../load/objects.ts'
import { percentile, spread } from '../statistics.ts'

const everyMs = 100

function burst(driver: 'qemu' | 'simulated'): BenchLine['run'] {
  return async (context) => {
    const { engine, access } = await freshEngine(context, driver)
    const starter = await openStarter(access)
    // The first machine loads code that the others find loaded.
    await starter.start(machine('warm-up', { runStrategy: 'Always', paused: true }))
    const machines = Array.from({ length: context.quick ? 20 : 100 }, (_, index) =>
      machine(`burst-${index}`, { runStrategy: 'Always', paused: true }),
    )
    const values = await starter.startMany(machines, everyMs)
    starter.close()
    await engine.close()
    const note = `p95 of ${values.length} VMs, one every ${everyMs} ms, over TLS; ${spread(values)}`
    return { value: percentile(values, 0.95), unit: 'ms', note }
  }
}

export const vmBurstSimulated: BenchLine = {
  name: 'vm-burst',
  what: '100 VMs created 100 ms apart, create to Running p95, simulated machines',
  budget: { of: 'value', bound: 'at most', amount: 1000 },
  run: burst('simulated'),
}

/** Guests wait to be started (`startStrategy: Paused`), so that QEMU's start is measured and not a hundred boots at once. */
export const vmBurstQemu: BenchLine = {
  name: 'vm-burst-qemu',
  what: '100 VMs created 100 ms apart, create to Running p95, real QEMU, guests held',
  budget: { of: 'value', bound: 'at most', amount: 1000 },
  run: burst('qemu'),
}
