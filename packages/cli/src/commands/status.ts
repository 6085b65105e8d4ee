/** `berth status`. */

import type { CommandSpec } from '../command.ts'
import { connectionOptions, dataDirectoryOption } from '../connection/options.ts'
import { dataOutputOption } from '../output/print-objects.ts'

export const status: CommandSpec = {
  name: 'status',
  summary: 'show the engine on this host, or the cluster in use, and its VMs by state',
  options: [dataDirectoryOption, dataOutputOption, ...connectionOptions],
  examples: ['status', 'status -o json', 'status --context production'],
  async run(input, context) {
    const [{ collectStatus, renderStatus }, { printData }] = await Promise.all([
      import('../machines/overview.ts'),
      import('../output/print-objects.ts'),
    ])
    const overview = await collectStatus(input, context)
    const format = input.text('output')
    if (format === 'json' || format === 'yaml') return printData(context, overview, format)
    context.terminal.stdout.write(context.spell(renderStatus(overview, context.clock.now().getTime())))
  },
}
