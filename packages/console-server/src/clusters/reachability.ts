/** Whether a cluster answers, asked no more often than every few seconds however many people want to know. */

import { messageOf } from '@berth/base'
import type { Client } from '@berth/kube'
import { StatusError } from '@berth/meta'

export type Reachability = { state: 'reachable' } | { state: 'unreachable'; message: string }

/** How long an answer counts. */
const freshMs = 3_000
/** A page is not kept waiting longer for a cluster that does not answer; what was known before is told. */
const patienceMs = 1_500

export function watchReachability(
  client: Client,
  server: string,
): { state(): Promise<Reachability>; close(): Promise<void> } {
  let last: { answer: Reachability; atMs: number } | undefined
  let asking: Promise<Reachability> | undefined

  async function ask(): Promise<Reachability> {
    try {
      await client.raw({ method: 'GET', path: '/version' })
      return { state: 'reachable' }
    } catch (error) {
      // Whoever refuses is there.
      if (error instanceof StatusError && error.httpCode < 500) return { state: 'reachable' }
      return { state: 'unreachable', message: messageOf(error) }
    }
  }

  return {
    async state() {
      if (last !== undefined && performance.now() - last.atMs < freshMs) return last.answer
      asking ??= ask().then((answer) => {
        last = { answer, atMs: performance.now() }
        asking = undefined
        return answer
      })
      let timer: NodeJS.Timeout | undefined
      const late = new Promise<Reachability>((resolve) => {
        const silent: Reachability = { state: 'unreachable', message: `${server} does not answer` }
        timer = setTimeout(() => resolve(last?.answer ?? silent), patienceMs)
      })
      const answer = await Promise.race([asking, late])
      clearTimeout(timer)
      return answer
    },
    close: () => client.transport.close(),
  }
}
