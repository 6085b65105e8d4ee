/** Times objects over TLS, from sending a request to the watch event that shows what was asked for. */

import type { KubeObject } from '@berth/meta'
import { expectCode, httpsClient, type ServerAccess } from '../load/https.ts'
import { openWatch, watchAgent } from '../load/watching.ts'

/** Work that takes longer has failed. */
const timeoutMs = 300_000

/** A status is whatever the kind has. */
export type Shown = KubeObject & { status?: Record<string, unknown>; spec?: Record<string, unknown> }

export interface Follower {
  /** Creates an object of this kind. @returns milliseconds until `holds` */
  make(object: KubeObject, holds: (seen: Shown) => boolean): Promise<number>
  /** When an object that is there already shows it. @returns its last state */
  reached(name: string, holds: (seen: Shown) => boolean): Promise<Shown>
  close(): void
}

/** @param path of a kind in a namespace: `/api/v1/namespaces/default/persistentvolumeclaims` */
export async function openFollower(access: ServerAccess, path: string): Promise<Follower> {
  const client = httpsClient(access, 4)
  const agent = watchAgent(access)
  const last = new Map<string, { seen: Shown; at: number }>()
  const waiting = new Set<() => void>()
  const watching = await openWatch(access, {
    agent,
    path: `${path}?watch=true`,
    onLine(line, at) {
      const { object } = JSON.parse(line) as { object: Shown } // the API's own answer
      last.set(object.metadata.name ?? '', { seen: object, at })
      for (const look of waiting) look()
    },
  })

  function reached(name: string, holds: (seen: Shown) => boolean): Promise<{ seen: Shown; at: number }> {
    const { promise, resolve, reject } = Promise.withResolvers<{ seen: Shown; at: number }>()
    const timer = setTimeout(() => {
      const status = JSON.stringify(last.get(name)?.seen.status ?? {}).slice(0, 500)
      reject(new Error(`"${name}" is not there after ${timeoutMs} ms: ${status}`))
    }, timeoutMs)
    const look = (): void => {
      const found = last.get(name)
      if (found !== undefined && holds(found.seen)) resolve(found)
    }
    waiting.add(look)
    look()
    return promise.finally(() => {
      clearTimeout(timer)
      waiting.delete(look)
    })
  }

  return {
    async make(object, holds) {
      const name = object.metadata.name ?? ''
      const there = reached(name, holds)
      const sentAt = performance.now()
      const [{ at }] = await Promise.all([
        there,
        client.send('POST', path, JSON.stringify(object)).then((answer) => expectCode(answer, 201, `create ${name}`)),
      ])
      return at - sentAt
    },
    reached: async (name, holds) => (await reached(name, holds)).seen,
    close() {
      watching.stop()
      client.close()
      agent.destroy()
    },
  }
}
