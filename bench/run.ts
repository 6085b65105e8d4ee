/** `npm run bench`: measures the lines of the budget table, one after the other, and prints them. See README.md. */

import { writeFile } from 'node:fs/promises'
import { cpus, loadavg, totalmem } from 'node:os'
import { helpText, readAsked } from './asked.ts'
import { createContext } from './context.ts'
import { lines } from './lines.ts'
import { isGood, json, outcomeOf, table, type Outcome } from './report.ts'

const asked = readAsked(process.argv.slice(2), lines)
if (asked.kind === 'help') {
  console.log(helpText(lines))
  process.exit()
}
if (asked.kind === 'refused') {
  say(`error: ${asked.reason}`)
  say('`npm run bench -- --help` shows all options and lines.')
  process.exit(2)
}

const { context, close } = createContext({ quick: asked.quick, profileDirectory: asked.profile, log: say })
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
  for (const line of asked.lines) {
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
  quick: asked.quick,
  node: process.version,
  processors: { model: processor?.model ?? 'unknown', count: cpus().length },
  memoryBytes: totalmem(),
  loadBefore,
}
const machineReadable = json(description, outcomes)
if (asked.jsonFile !== undefined) await writeFile(asked.jsonFile, `${machineReadable}\n`)
console.log(asked.json && asked.jsonFile === undefined ? machineReadable : table(outcomes))
if (asked.strict && !outcomes.every(isGood)) process.exitCode = 1

/** Progress goes to standard error, so that standard output is the result alone. */
function say(text: string): void {
  process.stderr.write(`${text}\n`)
}
