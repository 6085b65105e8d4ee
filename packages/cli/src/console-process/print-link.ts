/** `berth console --link`: another link for the console beside the engine of this host. */

import type { CommandContext } from '../context.ts'
import { CliError } from '../failure.ts'
import type { Input } from '../input.ts'
import { readConsoleFile } from './console-file.ts'
import { consoleDirectory } from './locations.ts'

export async function printLink(input: Input, context: CommandContext): Promise<void> {
  const directory = consoleDirectory(input.text('dataDir') ?? context.dataDirectory)
  const running = await readConsoleFile(directory)
  if (running === undefined) {
    throw new CliError('NotFound', `no console runs in ${directory}`, { remedy: 'Start it with `berth up`.' })
  }
  const { signInLink, openAccounts } = await context.consoleServer()
  const nowMs = context.clock.now().getTime()
  const account = input.text('user')
  if (account !== undefined && (await openAccounts(directory, () => nowMs).get(account)) === undefined) {
    throw new CliError('NotFound', `there is no user "${account}"`, { remedy: 'See `berth user list`.' })
  }
  const link = await signInLink({
    url: running.url,
    kind: running.signIn,
    dataDirectory: directory,
    nowMs,
    ...(account === undefined ? {} : { account }),
  })
  context.terminal.stdout.write(`${link}\n`)
}
