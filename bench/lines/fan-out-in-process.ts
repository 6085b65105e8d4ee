import { freshEngine } from '../engine/fixtures.ts'
import type { BenchLine } from '../line.ts'
import { percentile, spread } from '../statistics.ts'

export const fanOutInProcess: BenchLine = {
  name: 'fan-out-in-process',
  what: 'one change to 1,000 watchers p99, without sockets',
  budget: { of: 'value', bound: 'at most', amount: 50 },
  async run(context) {
    const { engine } = await freshEngine(context, 'simulated')
    const watchers = context.quick ? 200 : 1000
    const rounds = context.quick ? 10 : 50
    const values = await engine.call('fanOut', { watchers, rounds })
    await engine.close()
    const note = `${rounds} changes, each parsed by every watcher in the engine's own process; ${spread(values)}`
    return { value: percentile(values, 0.99), unit: 'ms', note }
  },
}
