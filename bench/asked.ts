/** What was asked of a run, read from the command line, and what a person reads who asked for help or for something that is not there. */

import { parseArgs } from 'node:util'
import type { BenchLine } from './line.ts'

export type Asked =
  | {
      kind: 'run'
      lines: readonly BenchLine[]
      json: boolean
      jsonFile: string | undefined
      profile: string | undefined
      quick: boolean
      strict: boolean
    }
  | { kind: 'help' }
  | { kind: 'refused'; reason: string }

/** @param args without the program's name */
export function readAsked(args: readonly string[], all: readonly BenchLine[]): Asked {
  let parsed: ReturnType<typeof parse>
  try {
    parsed = parse(args)
  } catch (error) {
    // What follows its first sentence is about arguments that begin with a dash, which there are none of here.
    if (isMisuse(error)) return refused(error.message.split('. ')[0] ?? error.message)
    throw error
  }
  const { values, positionals } = parsed
  if (values.help) return { kind: 'help' }
  const [jsonFile, ...more] = positionals
  if (jsonFile !== undefined && !values.json) return refused(`Unexpected argument '${jsonFile}'`)
  if (more[0] !== undefined) return refused(`Unexpected argument '${more[0]}'`)
  const wanted = values.only.flatMap((names) => names.split(',')).filter((name) => name !== '')
  const missing = wanted.filter((name) => !all.some((line) => line.name === name))
  if (missing.length > 0) return refused(missing.map((name) => noLine(name, all)).join('; '))
  const { json, profile, quick, strict } = values
  const lines = wanted.length === 0 ? all : all.filter(({ name }) => wanted.includes(name))
  return { kind: 'run', lines, json, jsonFile, profile, quick, strict }
}

function parse(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    // `--json` may stand alone; parseArgs has no such option, so its file is a positional argument.
    options: {
      help: { type: 'boolean', short: 'h', default: false },
      json: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [] },
      profile: { type: 'string' },
      quick: { type: 'boolean', default: false },
      strict: { type: 'boolean', default: false },
    },
    allowPositionals: true,
  })
}

const isMisuse = (error: unknown): error is Error =>
  error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS_')

const refused = (reason: string): Asked => ({ kind: 'refused', reason })

/** Lines are found by what their names have in common: `upload` is a part of `disk-upload`. */
function noLine(name: string, all: readonly BenchLine[]): string {
  const parts = new Set(name.split('-'))
  const like = all.map((line) => line.name).filter((known) => known.split('-').some((part) => parts.has(part)))
  return `There is no line '${name}'${like.length === 0 ? '' : `; like it are ${like.join(', ')}`}`
}

export function helpText(all: readonly BenchLine[]): string {
  const width = Math.max(...all.map(({ name }) => name.length))
  const rows = all.map(({ name, what }) => `  ${name.padEnd(width)}  ${what}`)
  return `${usage}\n\nLines:\n${rows.join('\n')}`
}

const usage = `Measures what Berth promises about speed and size, each number beside something bare measured in the same run.

Usage: npm run bench -- [options]

  --only NAME[,NAME…]  these lines only; may be given several times
  --quick              fewer repetitions and small populations: to see that it works, not to judge by
  --json [FILE]        JSON on standard output instead of the table; with FILE, there, and the table as well
  --strict             exit code 1 when a budget is missed or a line could not be measured
  --profile DIR        V8 profiles of every engine (--cpu-prof)
  -h, --help           this

All lines take about fifteen minutes. Exit code 2: the command line is wrong.`
