/** `npm run bench`: measures the lines of the budget table, one after the other, and prints them. See README.md. */

import { writeFile } from 'node:fs/promises'
import { cpus, loadavg, totalmem } from 'node:os'
import { parseArgs } from 'node:util'
import { createContext } from './context.ts'
import { lines } from './lines.ts'
import { isGood, json, outcomeOf, table, type Outcome } from './report.ts'

const { values: flags, positionals } = parseArgs({
  // `--json` may stand alone; parseArgs has no such option, so its file is a positional argument.
  options: {
    json: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true, default: [] },
    profile: { type: 'string' },
    quick: { type: 'boolean', default: false },
    strict: { type: 'boolean', default: false },
  },
  allowPositionals: true,
})
const [jsonFile, ...more] = positionals
if (more.length > 0 || (jsonFile !== undefined && !flags.json))
  fail(`unexpected argument "${more[0] ?? jsonFile ?? ''}"; use --json FILE for a file`)

const wanted = flags.only.flatMap((names) => names.split(','))
const unknown = wanted.filter((name) => !lines.some((line) => line.name === name))
if (unknown.length > 0)
  fail(`no line "${unknown.join('", "')}"; there are: ${lines.map(({ name }) => name).join(', ')}`)
const chosen = wanted.length === 0 ? lines : lines.filter(({ name }) => wanted.includes(name))

const { context, close } = createContext({ quick: flags.quick, profileDirectory: flags.profile, log: say })
const interrupted = new AbortController()
process.once('SIGINT', () => {
  say('interrupted, cleaning up')
  interrupted.abort()
  void close().finally(() => process.exit(130))
})
// Waits for the clean-up that an interrupt began, instead of printing what it cut short.
const untilExit = (): Promise<never> => new Promise(() => {})

const [loadBefore = 0] = loadavg()
if (loadBefore > cpus().length / 2)
  say(`the machine is busy already (load ${loadBefore.toFixed(1)}): look at the ratios, times will be too long`)

const outcomes: Outcome[] = []
try {
  for (const line of chosen) {
    if (interrupted.signal.aborted) break
    say(`${line.name}: ${line.what}`)
    try {
      outcomes.push(outcomeOf(line, await line.run(context)))
    } catch (error) {
      outcomes.push({ line, failure: error instanceof Error ? error.message : String(error) })
    }
  }
} finally {
  if (interrupted.signal.aborted) await untilExit()
  await close()
}

const [processor] = cpus()
const description = {
  quick: flags.quick,
  node: process.version,
  processors: { model: processor?.model ?? 'unknown', count: cpus().length },
  memoryBytes: totalmem(),
  loadBefore,
}
const machineReadable = json(description, outcomes)
if (jsonFile !== undefined) await writeFile(jsonFile, `${machineReadable}\n`)
console.log(flags.json && jsonFile === undefined ? machineReadable : table(outcomes))
if (flags.strict && !outcomes.every(isGood)) process.exitCode = 1

/** Progress goes to standard error, so that standard output is the result alone. */
function say(text: string): void {
  process.stderr.write(`${text}\n`)
}

function fail(text: string): never {
  say(`error: ${text}`)
  process.exit(2)
}
