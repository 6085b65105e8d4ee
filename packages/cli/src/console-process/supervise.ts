/** Keeps a console running beside the engine, in a process of its own, so that no query of a browser delays a watch. */

import { backoffDelay, type BackoffPolicy, type Clock } from '@berth/base'
import { startOwnProgram, type OwnProcess } from '../process/own-program.ts'

const backoff: BackoffPolicy = { initialMs: 500, maxMs: 30_000, factor: 2, jitter: 0.2 }
/** One that ran for this long did not fail at its start. */
const steadyMs = 60_000
/** Until the first one listens, or has failed. */
const firstMs = 15_000

export type ConsoleStart = { url: string; link: string } | { failure: string }

export interface ConsoleSupervisor {
  /** Resolves when the first one listens, or could not. */
  readonly started: Promise<ConsoleStart>
  stop(): Promise<void>
}

export function superviseConsole(options: {
  /** The command line after `berth`; of one that follows another, which listened at `url`. */
  words: (url: string | undefined) => readonly string[]
  /** What it prints is added there. */
  logFile: string
  clock: Clock
  random: () => number
  /** One listens: the first, or one that follows. */
  onStart: (start: { url: string; link: string }) => void
  /** One that listened ended, and nobody asked for it. */
  onEnd: (how: string) => void
}): ConsoleSupervisor {
  const { words, logFile, clock, random, onStart, onEnd } = options
  let stopping = false
  let running: OwnProcess | undefined
  let failures = 0
  let url: string | undefined
  let cancel = (): void => {}
  let settle: (start: ConsoleStart) => void = () => {}
  const started = new Promise<ConsoleStart>((resolve) => {
    settle = resolve
  })
  const cancelFirst = clock.after(firstMs, () => settle({ failure: 'it did not start in time' }))

  function run(): void {
    const startedMs = clock.now().getTime()
    const child = startOwnProgram(words(url), logFile)
    running = child
    let failure: string | undefined
    let listened = false
    child.onMessage((message) => {
      const heard = startOf(message)
      if (heard === undefined) return
      if ('failure' in heard) {
        failure = heard.failure
        return
      }
      listened = true
      url = heard.url
      settle(heard)
      onStart(heard)
    })
    void ended(child, startedMs, () => ({ failure, listened }))
  }

  async function ended(
    child: OwnProcess,
    startedMs: number,
    seen: () => { failure: string | undefined; listened: boolean },
  ): Promise<void> {
    const how = await child.ended
    running = undefined
    if (stopping) return
    const { failure = how, listened } = seen()
    settle({ failure })
    failures = clock.now().getTime() - startedMs > steadyMs ? 1 : failures + 1
    if (listened) onEnd(failure)
    cancel = clock.after(backoffDelay(backoff, failures, random()), run)
  }
  run()

  return {
    started,
    async stop() {
      stopping = true
      cancel()
      cancelFirst()
      settle({ failure: 'stopped' })
      await running?.stop()
    },
  }
}

function startOf(message: unknown): ConsoleStart | undefined {
  if (typeof message !== 'object' || message === null) return undefined
  const { url, link, failure } = message as Record<string, unknown>
  if (typeof failure === 'string') return { failure }
  return typeof url === 'string' && typeof link === 'string' ? { url, link } : undefined
}
