import { engineWithHaltedMachines } from '../engine/fixtures.ts'
import { against, type BenchLine } from '../line.ts'
import { median, spread } from '../statistics.ts'

export const listInProcess: BenchLine = {
  name: 'list-in-process',
  what: '10,000 VMs: full JSON list without a socket',
  budget: { of: 'value', bound: 'at most', amount: 200 },
  async run(context) {
    const { engine } = await engineWithHaltedMachines(context)
    const { listMs, joinMs, items } = await engine.call('list', { rounds: context.quick ? 5 : 15 })
    return against(
      { what: 'joining as many ready strings', value: median(joinMs) },
      { value: median(listMs), unit: 'ms', note: `${items} VMs; ${spread(listMs)}` },
    )
  },
}
