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

/** Options of the command at hand that a suggested command needs too, where it has them: they say which server, and where on it. */
const carriedOptions = {
  dataDir: '--data-dir',
  kubeconfig: '--kubeconfig',
  context: '--context',
  namespace: '--namespace',
}

/** @param input what was asked for now @param takes whether a command, as it is typed, has an option */
export function speller(
  program: string,
  input?: Input,
  takes: (words: readonly string[], flag: string) => boolean = () => false,
): Spell {
  const carried = Object.entries(carriedOptions).flatMap(([name, flag]): [string, string][] => {
    const value = input?.text(name)
    return value === undefined ? [] : [[flag, quoted(value)]]
  })
  const spellCommand = (line: string): string => {
    const words = line.split(' ')
    const given = new Set(words)
    // What is looked for everywhere is not in one namespace.
    if (given.has('-A')) given.add('--namespace')
    if (given.has('-n')) given.add('--namespace')
    const more = carried.filter(([flag]) => !given.has(flag) && takes(words, flag))
    return [program, line, ...more.flat()].join(' ')
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
