/** What a person is told who typed a command that is not there, or typed one that is there wrongly. */

import type { CommandGroup, CommandSpec } from './command.ts'

export interface ProgramTable {
  groups: readonly CommandGroup[]
  commands: readonly CommandSpec[]
}

/** Words that others use for a command of the same group, or of another one. */
const otherWords: Readonly<Record<string, string>> = {
  'disk add': 'disk create',
  'disk clone': 'disk create NAME --from DISK',
  'disk copy': 'disk create NAME --from DISK',
  'disk expand': 'disk resize',
  'disk export': 'disk download',
  'disk extend': 'disk resize',
  'disk grow': 'disk resize',
  'disk import': 'disk upload',
  'disk migrate': 'disk move',
  'disk show': 'disk list',
  'disk snapshot': 'vm snapshot',
  'image upload': 'disk upload',
  'policy pause': 'policy suspend',
  'snapshot create': 'vm snapshot',
  'snapshot make': 'vm snapshot',
  'snapshot restore': 'vm restore',
  'snapshot revert': 'vm restore',
  'snapshot take': 'vm snapshot',
  'vm copy': 'vm clone',
  'vm disk': 'disk attach',
  'vm export': 'disk download',
  'vm import': 'import',
  'vm move': 'disk move',
  'vm revert': 'vm restore',
  'vm rollback': 'vm restore',
  'vm show': 'vm describe',
  'vm snapshots': 'snapshot list',
}

/** The same in every group. */
const commonWords: Readonly<Record<string, string>> = {
  add: 'create',
  destroy: 'delete',
  get: 'list',
  ls: 'list',
  make: 'create',
  new: 'create',
  rm: 'delete',
  remove: 'delete',
}

export interface Misuse {
  /** The command it is about: `disk`, `create`. */
  words: readonly string[]
  /** The parser's. */
  code: string
  message: string
  /** What is spelled nearly so. */
  closest?: string
}

export function nextOfUsage(table: ProgramTable, { words, code, message, closest }: Misuse): string {
  const name = words.join(' ')
  const typed = /'([^']*)'/.exec(message)?.[1] ?? ''
  if (code === 'commander.unknownCommand') {
    const known = otherWord(table, words, typed)
    if (known !== undefined) return `Did you mean \`berth ${known}\`?`
    return closest === undefined ? `See \`${['berth', name, '--help'].filter(Boolean).join(' ')}\`.` : meant(closest)
  }
  const spec = table.commands.find((command) => command.name === name)
  if (code === 'commander.unknownOption') {
    const opposite = `--no-${typed.replace(/^--/, '')}`
    if (spec?.options?.some(({ flags }) => flags === opposite) === true) {
      return `It does so without being told; the opposite is \`${opposite}\`.`
    }
    if (closest !== undefined) return meant(closest)
  }
  if (spec === undefined) return 'See `berth --help`, or `--help` after any command.'
  const [example] = spec.examples
  const like = example === undefined || example.includes('$(') ? '' : `Like \`berth ${example}\`; `
  return `${like}${like === '' ? 'See' : 'see'} \`berth ${name} --help\`.`
}

const meant = (closest: string): string => `Did you mean \`${closest}\`?`

function otherWord(table: ProgramTable, words: readonly string[], typed: string): string | undefined {
  const other = otherWords[[...words, typed].join(' ')]
  if (other !== undefined) return other
  const common = Object.hasOwn(commonWords, typed) ? commonWords[typed] : undefined
  if (common === undefined) return undefined
  const name = [...words, common].join(' ')
  return table.commands.some((command) => command.name === name) ? name : undefined
}

/** @param words as typed: `disk list -A` @param flag with its dashes */
export function commandTakes(table: ProgramTable, words: readonly string[], flag: string): boolean {
  const spec = [2, 1]
    .map((count) => words.slice(0, count).join(' '))
    .flatMap((name) => table.commands.filter((command) => command.name === name))[0]
  return spec?.options?.some(({ flags }) => flags.split(/[ ,]+/).includes(flag)) === true
}
