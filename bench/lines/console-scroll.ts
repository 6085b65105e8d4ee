import { measureScroll } from '../console-browser/measure-scroll.ts'
import { builtPage } from '../console-browser/built-page.ts'
import { startConsoleProcess } from '../console/console-process.ts'
import { engineWithHaltedMachines } from '../engine/fixtures.ts'
import { against, type BenchLine } from '../line.ts'
import { httpsClient } from '../load/https.ts'
import { percentile, spread } from '../statistics.ts'
import { changes } from './console.ts'

export const consoleScroll: BenchLine = {
  name: 'console-scroll',
  what: '10,000 VMs, 200 changes a second: from frame to frame while the list scrolls in a browser, p95',
  budget: { of: 'value', bound: 'at most', amount: 32 },
  async run(context) {
    const { engine, access, machines } = await engineWithHaltedMachines(context)
    const page = await builtPage(context)
    const console_ = await startConsoleProcess(context, engine.kubeconfig, page)
    const seconds = context.quick ? 3 : 15
    const client = httpsClient(access, 32)
    // The browser starts, waits and scrolls twice while these go on.
    const load = changes(client, { seconds: 2 * seconds + 6, machines, visible: ['halted-0'], onSend: () => {} })
    const { frames, idle, waiting, firstRows, lines } = await measureScroll({
      url: console_.url,
      cookie: console_.cookie,
      seconds,
    })
    const failures = await load
    client.close()
    await console_.close()
    if (failures > 0) throw new Error(`${failures} changes failed`)
    return against(
      { what: 'the same page without scrolling', value: percentile(idle, 0.95) },
      {
        value: percentile(frames, 0.95),
        unit: 'ms',
        note: `${lines} lines; first rows in the browser after ${firstRows.toFixed(0)} ms; rows still on their way in ${(waiting * 100).toFixed(1)} % of frames; ${spread(frames)}`,
      },
    )
  },
}
