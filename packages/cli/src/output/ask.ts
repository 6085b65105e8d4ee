/** Asks before something is lost. */

import { createInterface } from 'node:readline'
import type { OptionSpec } from '../command.ts'
import type { CommandContext } from '../context.ts'
import { CliError } from '../failure.ts'
import type { Input } from '../input.ts'

export const yesOption: OptionSpec = { flags: '-y, --yes', summary: 'do not ask' }

/**
 * Says what would happen and goes on when the person agrees.
 * @param lines what goes and what stays
 * @throws {CliError} Usage where there is nobody to ask, Interrupted when the answer is no
 */
export async function confirm(
  input: Input,
  context: CommandContext,
  { lines, question }: { lines: readonly string[]; question: string },
): Promise<void> {
  const { stderr, stdin } = context.terminal
  for (const line of lines) stderr.write(`${context.spell(line)}\n`)
  if (input.flag('yes')) return
  if (stdin.isTTY !== true) {
    throw new CliError('Usage', `${question} There is nobody to ask here`, { remedy: 'Say --yes when you mean it.' })
  }
  stderr.write(`${question} [y/N] `)
  const answer = await readLine(context)
  if (/^y(?:es)?$/i.test(answer.trim())) return
  throw new CliError('Interrupted', 'nothing was done')
}

async function readLine({ terminal, signal }: CommandContext): Promise<string> {
  const reader = createInterface({ input: terminal.stdin, terminal: false })
  try {
    return await new Promise<string>((resolve, reject) => {
      reader.once('line', resolve)
      reader.once('close', () => resolve(''))
      signal.addEventListener('abort', () => reject(new CliError('Interrupted', 'interrupted')), { once: true })
    })
  } finally {
    reader.close()
  }
}
