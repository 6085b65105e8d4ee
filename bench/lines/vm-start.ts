import { recipeOf, timeBareQemu, type QemuRecipe } from '../baselines/bare-qemu.ts'
import { freshEngine } from '../engine/fixtures.ts'
import { against, type BenchLine } from '../line.ts'
import { openStarter } from '../load/machine-starts.ts'
import { machine } from '../load/objects.ts'
import { median, spread } from '../statistics.ts'

export const vmStart: BenchLine = {
  name: 'vm-start',
  what: 'VM create to Running (QEMU up), one VM',
  budget: { of: 'ratio', bound: 'at most', amount: 3 },
  async run(context) {
    const { engine, access } = await freshEngine(context, 'qemu')
    const starter = await openStarter(access)
    const values: number[] = []
    const bare: number[] = []
    let recipe: QemuRecipe | undefined
    // The first round warms both up and is not counted.
    for (let round = 0; round <= (context.quick ? 3 : 15); round += 1) {
      const name = `one-${round}`
      const took = await starter.start(machine(name, { runStrategy: 'Always' }))
      const [started] = await engine.call('machines', null)
      if (started?.pid === undefined) throw new Error('the machine has no process')
      recipe ??= await recipeOf(started.pid)
      await starter.remove(name)
      const bareTook = await timeBareQemu(context, recipe)
      if (round === 0) continue
      values.push(took)
      bare.push(bareTook)
    }
    starter.close()
    await engine.close()
    return against(
      { what: 'the same QEMU spawned bare', value: median(bare) },
      {
        value: median(values),
        unit: 'ms',
        note: `from sending the create to the watch event over TLS, ${values.length} rounds in turn with the bare one; ${spread(values)}`,
      },
    )
  },
}
