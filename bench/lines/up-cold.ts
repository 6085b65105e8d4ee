import { coldDirectory } from '../engine/data-directory.ts'
import type { BenchLine } from '../line.ts'
import { median, spread } from '../statistics.ts'
import { timeUp } from './up-warm.ts'

export const upCold: BenchLine = {
  name: 'up-cold',
  what: '`berth up` to API ready, new data directory',
  budget: undefined,
  async run(context) {
    const values: number[] = []
    for (let round = 0; round < (context.quick ? 1 : 3); round += 1)
      values.push(await timeUp(context, await coldDirectory(context)))
    const note = `with the built-in guest downloaded; makes keys and the first objects, and tries KVM with a guest where /dev/kvm is, for up to 6 s; ${spread(values)}`
    return { value: median(values), unit: 'ms', note }
  },
}
