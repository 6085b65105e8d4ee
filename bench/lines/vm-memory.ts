import { freshEngine } from '../engine/fixtures.ts'
import type { BenchLine } from '../line.ts'
import { openStarter } from '../load/machine-starts.ts'
import { machine } from '../load/objects.ts'

const mebibyte = 1024 * 1024
const everyMs = 100

export const vmMemory: BenchLine = {
  name: 'vm-memory',
  what: 'memory the engine adds per running VM, real QEMU, guests held',
  budget: { of: 'value', bound: 'at most', amount: 8 },
  async run(context) {
    const { engine, access } = await freshEngine(context, 'qemu')
    const starter = await openStarter(access)
    await starter.start(machine('warm-up', { runStrategy: 'Always', paused: true }))
    const before = await engine.call('memory', null)
    const count = context.quick ? 20 : 100
    const machines = Array.from({ length: count }, (_, index) =>
      machine(`held-${index}`, { runStrategy: 'Always', paused: true }),
    )
    await starter.startMany(machines, everyMs)
    const after = await engine.call('memory', null)
    starter.close()
    await engine.close()
    const [small, large] = [before, after].map(({ settledBytes }) => (settledBytes / mebibyte).toFixed(0))
    return {
      value: (after.settledBytes - before.settledBytes) / count / mebibyte,
      unit: 'MiB',
      note: `resident set of the engine's process after a collection: ${small} MiB with 1 VM, ${large} MiB with ${count + 1}; QEMU's own memory is not the engine's`,
    }
  },
}
