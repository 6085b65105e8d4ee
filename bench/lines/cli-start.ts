import { against, type BenchLine } from '../line.ts'
import { berthProgram } from '../load/berth-program.ts'
import { timeNode } from '../load/processes.ts'
import { median, spread } from '../statistics.ts'

export const cliStart: BenchLine = {
  name: 'cli-start',
  what: 'start of the command (`berth version --client`)',
  budget: { of: 'value', bound: 'at most', amount: 60 },
  async run(context) {
    const program = await berthProgram()
    const values: number[] = []
    const bare: number[] = []
    for (let round = 0; round < (context.quick ? 5 : 21); round += 1) {
      values.push(await timeNode([program, 'version', '--client']))
      bare.push(await timeNode(['--eval', '0']))
    }
    return against(
      { what: 'node --eval 0', value: median(bare) },
      { value: median(values), unit: 'ms', note: `from spawn to exit; ${spread(values)}` },
    )
  },
}
