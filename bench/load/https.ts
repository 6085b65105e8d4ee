/** Requests over TLS with as little work on this side as Node allows, so that the load generator is not what is measured. */

import { Agent, request } from 'node:https'
import { connectionOf, loadKubeconfig } from '@berth/kube'

export interface ServerAccess {
  host: string
  port: number
  ca?: string
  cert?: string
  key?: string
  /** Sent with every request: a bearer token. */
  headers?: Record<string, string>
}

/** The first context of a kubeconfig, which must have a client certificate. */
export async function accessFrom(kubeconfig: string): Promise<ServerAccess> {
  const { connection } = await connectionOf(await loadKubeconfig([kubeconfig]))
  const { hostname, port } = new URL(connection.server)
  const { ca, cert, key } = connection
  return {
    host: hostname,
    port: Number(port),
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  }
}

export interface Answer {
  code: number
  body: Buffer
}

export interface HttpsClient {
  /** @param type of the body; JSON unless given */
  send(method: string, path: string, body?: string, type?: string): Promise<Answer>
  close(): void
}

/** Keeps up to `connections` open and uses them again. */
export function httpsClient(access: ServerAccess, connections: number): HttpsClient {
  const agent = new Agent({ keepAlive: true, maxSockets: connections, ...access })
  return {
    send: (method, path, body, type = 'application/json') =>
      new Promise((resolve, reject) => {
        const described =
          body === undefined ? {} : { 'content-type': type, 'content-length': String(Buffer.byteLength(body)) }
        const headers = { ...access.headers, ...described }
        const outgoing = request({ ...access, agent, method, path, headers }, (incoming) => {
          const chunks: Buffer[] = []
          incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
          incoming.on('end', () => resolve({ code: incoming.statusCode ?? 0, body: Buffer.concat(chunks) }))
          incoming.on('error', reject)
        })
        outgoing.on('error', reject)
        outgoing.end(body)
      }),
    close: () => agent.destroy(),
  }
}

/** Fails unless the answer has this code. */
export function expectCode(answer: Answer, code: number, what: string): Answer {
  if (answer.code === code) return answer
  throw new Error(`${what} answered ${answer.code}: ${answer.body.toString().slice(0, 300)}`)
}
