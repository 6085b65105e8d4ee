/** Watches over TLS, one connection each, read with a byte counter and a search instead of a parser. */

import { request, Agent } from 'node:https'
import type { ServerAccess } from './https.ts'

export interface Watching {
  stop(): void
}

/**
 * Opens a watch; `onLine` gets every line with its time of arrival. Resolves when the server has answered.
 * @param agent with `keepAlive` false and no limit on sockets, shared so that TLS sessions are resumed
 */
export function openWatch(
  access: ServerAccess,
  { agent, path, onLine }: { agent: Agent; path: string; onLine: (line: string, at: number) => void },
): Promise<Watching> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ ...access, agent, path }, (incoming) => {
      if (incoming.statusCode !== 200) {
        reject(new Error(`the watch ${path} answered ${String(incoming.statusCode)}`))
        outgoing.destroy()
        return
      }
      let rest = ''
      incoming.setEncoding('utf8')
      incoming.on('data', (chunk: string) => {
        const at = performance.now()
        const lines = (rest + chunk).split('\n')
        rest = lines.pop() ?? ''
        for (const line of lines) onLine(line, at)
      })
      // Cut by `stop`, or by the end of the server, which the measurement notices by what is missing.
      incoming.on('error', () => {})
      resolve({ stop: () => outgoing.destroy() })
    })
    outgoing.on('error', reject)
    outgoing.end()
  })
}

/** For `openWatch`. */
export function watchAgent(access: ServerAccess): Agent {
  return new Agent({ ...access, keepAlive: false, maxSockets: Number.POSITIVE_INFINITY })
}
