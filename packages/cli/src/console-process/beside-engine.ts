/** The console that `berth up` keeps beside the engine, and what it says of it: the link comes last. */

import type { CommandContext } from '../context.ts'
import type { Input } from '../input.ts'
import { consoleWords } from './engine-console.ts'
import { superviseConsole, type ConsoleSupervisor } from './supervise.ts'

export interface ConsoleBeside {
  /** When the engine answers. */
  start(): void
  /** Prints the link after `tell`, as soon as there is one. */
  tellAfter(tell: () => void): void
  stop(): Promise<void>
}

export async function consoleBeside(options: {
  input: Input
  context: CommandContext
  dataDir: string
}): Promise<ConsoleBeside> {
  const { input, context, dataDir } = options
  const { terminal, progress, style, clock, random } = context
  let supervisor: ConsoleSupervisor | undefined
  /** The engine's summary is printed; what is said before it would be lost in it. */
  let summed = false
  let linked = false

  function warn(why: string): void {
    progress.note(`${style.yellow('warning:')} the console does not run: ${why}`)
    progress.note(context.spell(`next: see ${dataDir}/logs/console.log; \`berth up --no-console\` goes without it`))
  }

  /** Once: those who are signed in stay so when it is started again. */
  function printLink(link: string): void {
    if (!summed || linked) return
    linked = true
    terminal.stdout.write(`\nConsole: ${style.bold(link)}\n`)
  }

  async function told(tell: () => void): Promise<void> {
    const start = await supervisor?.started
    tell()
    summed = true
    if (start === undefined || context.signal.aborted) return
    if ('failure' in start) warn(start.failure)
    else printLink(start.link)
  }

  return {
    start() {
      supervisor ??= superviseConsole({
        words: (url) => consoleWords(input, { dataDir, url }),
        logFile: `${dataDir}/logs/console.log`,
        clock,
        random,
        // One that came up late, after all.
        onStart: ({ link }) => printLink(link),
        onEnd: (how) => {
          if (summed) progress.note(`${style.yellow('warning:')} the console ended (${how}) and is started again`)
        },
      })
    },
    tellAfter(tell) {
      void told(tell)
    },
    async stop() {
      await supervisor?.stop()
    },
  }
}
