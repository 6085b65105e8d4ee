/** `berth audit verify`. */

import type { CommandSpec } from '../command.ts'
import { dataDirectoryOption } from '../connection/options.ts'
import { CliError } from '../failure.ts'

export const auditVerify: CommandSpec = {
  name: 'audit verify',
  summary: 'check that nobody has changed the audit log',
  description:
    'Each line of the log holds the hash of the line before it. The last number and hash are printed: kept elsewhere, they show later whether the end was cut off.',
  options: [dataDirectoryOption],
  examples: ['audit verify'],
  async run(input, context) {
    const [{ asStep }, engine] = await Promise.all([import('../output/progress.ts'), context.engine()])
    const dataDir = input.text('dataDir') ?? context.dataDirectory
    const { files, verdict } = await asStep(context.progress, 'Reading the audit log', () =>
      engine.checkAuditLog({ dataDir }),
    )
    if (files.length === 0) {
      throw new CliError('NotFound', `there is no audit log in ${dataDir}`, {
        remedy: 'Name the data directory of the engine with --data-dir; one that runs with --no-audit keeps no log.',
      })
    }
    if (!verdict.ok) {
      throw new CliError('Failed', `${verdict.file}:${verdict.line}: ${verdict.message}`, {
        remedy: 'Compare the files with a copy kept elsewhere; from this line on the log proves nothing.',
      })
    }
    const { lines, head } = verdict
    context.terminal.stdout.write(
      lines === 0
        ? 'The audit log is empty.\n'
        : `${lines} events in ${files.length} ${files.length === 1 ? 'file' : 'files'}, unchanged. The last is number ${head.sequence}, ${head.hash}\n`,
    )
  },
}
