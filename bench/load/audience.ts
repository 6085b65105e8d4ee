/** Many who watch the same thing, a connection each. */

import type { ServerAccess } from './https.ts'
import { openWatch, watchAgent, type Watching } from './watching.ts'

/** Handshakes at a time: more of them only wait for each other. */
const openers = 16

export interface Audience {
  /** Times of arrival of the next line, of every watcher. Call it before the change. */
  told(): Promise<number[]>
  stop(): void
}

export async function openAudience(
  access: ServerAccess,
  options: { watchers: number; path: string; onLine?: (line: string) => void },
): Promise<Audience> {
  const { watchers, path, onLine: also } = options
  const agent = watchAgent(access)
  let arrivals: number[] = []
  let everybody = Promise.withResolvers<number[]>()
  const onLine = (line: string, at: number): void => {
    also?.(line)
    arrivals.push(at)
    if (arrivals.length < watchers) return
    everybody.resolve(arrivals)
    arrivals = []
    everybody = Promise.withResolvers()
  }
  const open: Watching[] = []
  let next = 0
  await Promise.all(
    Array.from({ length: openers }, async () => {
      while (next < watchers) {
        next += 1
        open.push(await openWatch(access, { agent, path, onLine }))
      }
    }),
  )
  return {
    told: () => everybody.promise,
    stop() {
      for (const watching of open) watching.stop()
      agent.destroy()
    },
  }
}
