/** Requests over TLS, with nothing between the test and the wire but Node. */

import { Agent, request } from 'node:https'

export interface Reply {
  code: number
  text: string
}

export interface Connection {
  /** Rejects when there is no whole answer, whatever the reason. */
  send(method: string, path: string, body?: object, type?: string): Promise<Reply>
  /**
   * Calls back for every line of an answer that goes on, and resolves when it ends or breaks. What is not a stream is resolved with.
   */
  lines(path: string, signal: AbortSignal, onLine: (line: string) => void): Promise<Reply | undefined>
  close(): void
}

export function connectTo(port: number, ca: string): Connection {
  const agent = new Agent({ keepAlive: true, ca })
  const target = { host: '127.0.0.1', port, agent }
  return {
    send: (method, path, body, type = 'application/json') =>
      new Promise((resolve, reject) => {
        const headers = body === undefined ? {} : { 'content-type': type }
        const outgoing = request({ ...target, method, path, headers }, (incoming) => {
          const chunks: Buffer[] = []
          incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
          incoming.on('end', () =>
            resolve({ code: incoming.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }),
          )
          incoming.on('error', reject)
        })
        outgoing.on('error', reject)
        outgoing.end(body === undefined ? undefined : JSON.stringify(body))
      }),
    lines: (path, signal, onLine) =>
      new Promise((resolve) => {
        const outgoing = request({ ...target, path, signal }, (incoming) => {
          let rest = ''
          incoming.setEncoding('utf8').on('data', (text: string) => {
            rest += text
            if (incoming.statusCode !== 200) return
            const parts = rest.split('\n')
            rest = parts.pop() ?? ''
            for (const line of parts) onLine(line)
          })
          incoming.on('error', () => {})
          const refusal = (): Reply => ({ code: incoming.statusCode ?? 0, text: rest })
          incoming.on('close', () => resolve(incoming.statusCode === 200 ? undefined : refusal()))
        })
        outgoing.on('error', () => resolve(undefined))
        outgoing.end()
      }),
    close: () => agent.destroy(),
  }
}
