/**
 * Commands that berth suggests can be pasted as they are: called as the program was called here, and at the same server.
 * Texts name commands as `berth vm list`, in backticks or alone; `speller` makes them so when they are printed.
 */

import { basename, delimiter, dirname } from 'node:path'
import type { Input } from './input.ts'

export type Spell = (text: string) => string

/** What the program is called: `$BERTH_COMMAND` (a clone sets it to `./berth`), or plain `berth` where the shell finds that. */
export function programName(environment: NodeJS.ProcessEnv): string {
  const named = environment['BERTH_COMMAND'] ?? ''
  if (named === '') return 'berth'
  const onPath = named.startsWith('/') && (environment['PATH'] ?? '').split(delimiter).includes(dirname(named))
  return onPath ? basename(named) : quoted(named)
}

/** Commands about the engine of this host take the data directory; the others the connection. */
const localCommands = new Set(['up', 'down', 'doctor', 'image', 'backup', 'restore', 'console', 'user'])

/** Options of the command at hand that a suggested command needs too. */
const localOptions = { dataDir: '--data-dir' }
const connectionOptions = { kubeconfig: '--kubeconfig', context: '--context', namespace: '--namespace' }

/** @param input what was asked for now; undefined before it is known */
export function speller(program: string, input: Input | undefined): Spell {
  const carried = (options: Readonly<Record<string, string>>): [string, string][] =>
    Object.entries(options).flatMap(([name, flag]): [string, string][] => {
      const value = input?.text(name)
      return value === undefined ? [] : [[flag, quoted(value)]]
    })
  const local = carried(localOptions)
  const connection = carried(connectionOptions)
  const spellCommand = (words: string): string => {
    const given = new Set(words.split(' '))
    // What is looked for everywhere is not in one namespace.
    if (given.has('-A')) given.add('--namespace')
    const [first = ''] = words.split(' ', 1)
    const options = localCommands.has(first) ? local : first === 'vm' ? connection : []
    return [program, words, ...options.filter(([flag]) => !given.has(flag)).flat()].join(' ')
  }
  return (text) =>
    text
      .replace(/`berth ([a-z-][^`]*)`/g, (_match, words: string) => `\`${spellCommand(words)}\``)
      .replace(
        /^( *(?:next:)? *)berth ([a-z].*?)(?=$|   )/gm,
        (_match, lead: string, words: string) => lead + spellCommand(words),
      )
}

/** As a shell takes it for one word. */
export function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
