/** `berth doctor`. */

import type { CommandSpec } from '../command.ts'
import { dataDirectoryOption } from '../connection/options.ts'
import { CliError } from '../failure.ts'
import { dataOutputOption } from '../output/print-objects.ts'

export const doctor: CommandSpec = {
  name: 'doctor',
  summary: 'check that this host can run VMs, with the remedy for what it cannot',
  description: 'Exit code 1 when a check failed; warnings alone are fine.',
  options: [dataDirectoryOption, dataOutputOption],
  examples: ['doctor', 'doctor -o json'],
  async run(input, context) {
    const [{ checks }, { renderResults, runChecks }, { printData }] = await Promise.all([
      import('../doctor/checks.ts'),
      import('../doctor/run-checks.ts'),
      import('../output/print-objects.ts'),
    ])
    const dataDirectory = input.text('dataDir') ?? context.dataDirectory
    const results = await runChecks(checks, { ...context, dataDirectory })
    const format = input.text('output')
    if (format === 'json' || format === 'yaml') await printData(context, results, format)
    else context.terminal.stdout.write(context.spell(renderResults(results, context.style)))
    const failed = results.filter(({ verdict }) => verdict === 'fail').length
    if (failed > 0)
      throw new CliError('Failed', `${failed} of ${results.length} checks failed`, {
        remedy: 'Follow the remedies above.',
      })
  },
}
