import { warmDirectory } from '../engine/data-directory.ts'
import { freshEngine } from '../engine/fixtures.ts'
import { against, type BenchLine } from '../line.ts'
import { median, spread } from '../statistics.ts'
import { timeUp } from './up-warm.ts'

export const upFiftyThousand: BenchLine = {
  name: 'up-50k',
  what: '`berth up` to API ready with 50,000 objects',
  budget: undefined,
  async run(context) {
    const objects = context.quick ? 2000 : 50_000
    const { engine, dataDir } = await freshEngine(context, 'simulated')
    await engine.call('create', { kind: 'configMaps', prefix: 'start', count: objects, clients: 64 })
    await engine.close()
    const empty = await warmDirectory(context)
    const [values, bare]: [number[], number[]] = [[], []]
    for (let round = 0; round < (context.quick ? 2 : 5); round += 1) {
      values.push(await timeUp(context, dataDir))
      bare.push(await timeUp(context, empty))
    }
    return against(
      { what: '`berth up` with next to none', value: median(bare) },
      {
        value: median(values),
        unit: 'ms',
        note: `${objects} ConfigMaps; from spawn to 200 from /readyz; ${spread(values)}`,
      },
    )
  },
}
