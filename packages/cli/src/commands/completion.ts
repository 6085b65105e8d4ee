/** `berth completion`, and the hidden command the scripts call. */

import type { CommandSpec } from '../command.ts'
import { connectionOptions } from '../connection/options.ts'
import type { ProgramTable } from '../usage.ts'

const shells = ['bash', 'zsh', 'fish'] as const

export const completion: CommandSpec = {
  name: 'completion',
  summary: 'print the completion script of a shell',
  args: [{ name: 'SHELL', summary: shells.join(', '), completion: shells }],
  examples: [
    'completion bash > /etc/bash_completion.d/berth',
    'completion zsh > "${fpath[1]}/_berth"',
    'completion fish > ~/.config/fish/completions/berth.fish',
  ],
  async run(input, context) {
    const { completionScript } = await import('../completion/scripts.ts')
    context.terminal.stdout.write(completionScript(input.arg(0)))
  },
}

/** @param table asked for late: the command is part of it */
export function completeCommand(table: () => ProgramTable): CommandSpec {
  return {
    name: '__complete',
    summary: 'offer words for a command line',
    hidden: true,
    args: [{ name: 'WORD', summary: 'the words so far, the last one unfinished', optional: true, variadic: true }],
    options: connectionOptions,
    examples: [],
    async run(input, context) {
      const { offer } = await import('../completion/offer.ts')
      const words = await offer(table(), input.args, context)
      context.terminal.stdout.write(words.map((word) => `${word}\n`).join(''))
    },
  }
}
