/** `berth kubeconfig`. */

import type { CommandSpec } from '../command.ts'
import { connectionOptions, dataDirectoryOption } from '../connection/options.ts'

export const kubeconfig: CommandSpec = {
  name: 'kubeconfig',
  summary: 'print the kubeconfig in use, for kubectl and other clients',
  options: [
    { flags: '--path', summary: 'print where it is instead' },
    dataDirectoryOption,
    ...connectionOptions.slice(0, 1),
  ],
  examples: ['kubeconfig > ~/.kube/config', 'export KUBECONFIG=$(berth kubeconfig --path)'],
  async run(input, context) {
    const [{ findKubeconfig }, { readFile }, path, { loadKubeconfig }] = await Promise.all([
      import('../connection/find-kubeconfig.ts'),
      import('node:fs/promises'),
      import('node:path'),
      import('@berth/kube'),
    ])
    const { environment, homeDirectory } = context
    const dataDirectory = input.text('dataDir') ?? context.dataDirectory
    const choice = await findKubeconfig({ given: input.text('kubeconfig'), environment, dataDirectory, homeDirectory })
    // Read as every other command would, so that what is printed is known to be one.
    const { files } = await loadKubeconfig(choice.paths, { optional: choice.optional })
    const { stdout } = context.terminal
    if (input.flag('path')) stdout.write(`${files.map((file) => path.resolve(file)).join(path.delimiter)}\n`)
    else for (const file of files.slice(0, 1)) stdout.write(await readFile(file, 'utf8'))
  },
}
