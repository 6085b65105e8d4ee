/** Sends requests made from a seed, judges every answer, and watches memory and file handles from round to round. */

import { readdir } from 'node:fs/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { judge, type FuzzAnswer } from './oracle.ts'
import { randomFrom } from './random.ts'
import { makeRequest, type FuzzRequest } from './requests.ts'

export interface FuzzOptions {
  seed: number
  /** Milliseconds. */
  duration: number
  /** However long that takes: on a busy machine the time is over before much was asked. 0 unless given. */
  requestsAtLeast?: number
  /** One after the other or together; all are asked in turn. */
  targets: readonly ((request: FuzzRequest) => Promise<FuzzAnswer>)[]
  /** Removes what the requests of a round made. */
  cleanUp: () => Promise<void>
  roundRequests?: number
  log?: (text: string) => void
}

export interface Finding {
  request: FuzzRequest
  problem: string
}

export interface FuzzReport {
  requests: number
  /** How often each code was answered: nothing is proven when all are refused alike. */
  codes: Record<number, number>
  /** One of each sort. */
  findings: Finding[]
  rounds: { heapBytes: number; handles: number }[]
}

const together = 8

export async function fuzz(options: FuzzOptions): Promise<FuzzReport> {
  const { seed, duration, requestsAtLeast = 0, targets, cleanUp, roundRequests = 1500, log = () => {} } = options
  const random = randomFrom(seed)
  const report: FuzzReport = { requests: 0, codes: {}, findings: [], rounds: [] }
  const sorts = new Set<string>()
  const collect = exposedCollector()
  const end = performance.now() + duration
  const goesOn = (): boolean => performance.now() < end || report.requests < requestsAtLeast

  const sendOne = async (): Promise<void> => {
    const request = makeRequest(random)
    const target = targets[report.requests % targets.length]
    report.requests += 1
    if (target === undefined) throw new RangeError('no target to send to')
    let problem: string | undefined
    try {
      const answer = await target(request)
      report.codes[answer.code] = (report.codes[answer.code] ?? 0) + 1
      problem = judge(request, answer)
    } catch (error) {
      problem = `threw ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`
    }
    if (problem === undefined) return
    // Numbers and quoted parts differ from one finding to the next of its sort.
    const sort = `${request.method} ${problem.replaceAll(/\d+|"[^"]*"/g, '#').slice(0, 120)}`
    if (sorts.has(sort)) return
    sorts.add(sort)
    report.findings.push({ request, problem })
    log(describeFinding({ request, problem }))
  }

  while (goesOn()) {
    let left = roundRequests
    const worker = async (): Promise<void> => {
      while (left > 0 && goesOn()) {
        left -= 1
        await sendOne()
      }
    }
    await Promise.all(Array.from({ length: together }, worker))
    await cleanUp()
    collect()
    const handles = (await readdir('/proc/self/fd')).length
    report.rounds.push({ heapBytes: process.memoryUsage().heapUsed + process.memoryUsage().external, handles })
    if (report.rounds.length % 10 === 0)
      log(`round ${report.rounds.length}: ${JSON.stringify(report.rounds.at(-1))} ${JSON.stringify(report.codes)}`)
  }
  return report
}

function exposedCollector(): () => void {
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext('gc')
  if (typeof collect !== 'function') throw new TypeError('this Node.js has no collector to call')
  return () => {
    // The first run's finalizers free what the second one takes.
    collect()
    collect()
  }
}

/** A request as one can send it again. */
export function describeFinding({ request, problem }: Finding): string {
  const { method, path, headers, body } = request
  const text = body.toString('utf8')
  const exact = Buffer.from(text).equals(body)
  const shown = exact ? text.slice(0, 4000) : `base64:${body.toString('base64').slice(0, 4000)}`
  return `${method} ${path}\n  ${JSON.stringify(headers)}\n  ${shown}\n  -> ${problem}`
}
