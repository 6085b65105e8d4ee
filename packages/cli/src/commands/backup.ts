/** `berth backup` and `berth restore`: the engine's store. */

import type { CommandSpec } from '../command.ts'
import { dataDirectoryOption } from '../connection/options.ts'

export const backup: CommandSpec = {
  name: 'backup',
  summary: "copy the engine's store to a file, while it runs or not",
  description: "The store has every object: VMs, secrets, users' rights. Disks are not in it.",
  args: [{ name: 'FILE', summary: 'a new file', completion: 'file' }],
  options: [dataDirectoryOption],
  examples: ['backup /backups/berth.db'],
  async run(input, context) {
    const [path, { asStep }, { formatBytes }, engine] = await Promise.all([
      import('node:path'),
      import('../output/progress.ts'),
      import('../images/format-bytes.ts'),
      context.engine(),
    ])
    const file = path.resolve(input.arg(0))
    const dataDir = input.text('dataDir') ?? context.dataDirectory
    const { bytes, revision } = await asStep(context.progress, 'Copying the store', () =>
      engine.backupStore({ dataDir, file }),
    )
    context.terminal.stdout.write(`${file}: ${formatBytes(bytes)}, revision ${revision}\n`)
  },
}

export const restore: CommandSpec = {
  name: 'restore',
  summary: "replace the engine's store by a backup",
  description: 'The engine must not run. What was there is kept as a file in the data directory.',
  args: [{ name: 'FILE', summary: 'the backup', completion: 'file' }],
  options: [dataDirectoryOption],
  examples: ['restore /backups/berth.db'],
  async run(input, context) {
    const [path, { asStep }, engine] = await Promise.all([
      import('node:path'),
      import('../output/progress.ts'),
      context.engine(),
    ])
    const file = path.resolve(input.arg(0))
    const dataDir = input.text('dataDir') ?? context.dataDirectory
    const { revision, keptOld } = await asStep(context.progress, 'Restoring the store', () =>
      engine.restoreStore({ dataDir, file }),
    )
    context.terminal.stdout.write(`Restored, revision ${revision}\n`)
    if (keptOld !== undefined) context.terminal.stdout.write(`The old store is kept as ${keptOld}\n`)
    context.terminal.stderr.write(context.spell('next: berth up\n'))
  },
}
