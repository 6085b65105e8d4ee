/** The two doors of an API server, as the fuzzer sees them. */

import { Agent, request as send } from 'node:https'
import type { FuzzAnswer } from './oracle.ts'
import type { RawAccess } from './raw-target.ts'
import type { FuzzRequest } from './requests.ts'
import type { TestEngine } from '../test-engine.ts'

type ApiHandler = TestEngine['api']['handler']
type UserInfo = Parameters<ApiHandler>[0]['user']

/** Bytes and milliseconds after which a stream is left: what it began with is enough. */
const streamBytes = 65_536
const streamMs = 30

/** Without a socket. */
export function handlerTarget(handler: ApiHandler, user: UserInfo): (request: FuzzRequest) => Promise<FuzzAnswer> {
  return async ({ method, path, headers, body }) => {
    const started = performance.now()
    const [plain, query] = splitOnce(path, '?')
    const left = new AbortController()
    const answer = await handler({
      method,
      path: plain,
      query: new URLSearchParams(query),
      headers,
      body: async () => body,
      user,
      upgrade: false,
      signal: left.signal,
    })
    const ms = performance.now() - started
    if (answer.kind === 'upgrade') return { code: 101, contentType: '', text: '', ms }
    const contentType = String(answer.headers['content-type'] ?? '')
    if (answer.kind === 'full') {
      const encoded = answer.headers['content-encoding'] !== undefined
      return { code: answer.code, contentType, text: encoded ? '' : answer.body.toString(), ms }
    }
    let bytes = 0
    const timer = setTimeout(() => left.abort(), streamMs)
    for await (const chunk of answer.body) {
      bytes += chunk.length
      if (bytes > streamBytes) left.abort()
    }
    clearTimeout(timer)
    return { code: answer.code, contentType: '', text: '', ms }
  }
}

function splitOnce(text: string, mark: string): [string, string] {
  const at = text.indexOf(mark)
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
}

export interface TlsTarget {
  send: (request: FuzzRequest) => Promise<FuzzAnswer>
  close(): void
}

/** Over TLS. A connection that the server closes is an answer too: 431 and the like close it. */
export function tlsTarget(access: RawAccess): TlsTarget {
  const { hostname, port } = new URL(access.server)
  const { ca, cert, key } = access
  const agent = new Agent({ keepAlive: true, maxSockets: 8, ca, cert, key })
  const one = ({ method, path, headers, body }: FuzzRequest): Promise<FuzzAnswer> =>
    new Promise((resolve, reject) => {
      const started = performance.now()
      const length = body.length === 0 ? {} : { 'content-length': String(body.length) }
      const outgoing = send({ host: hostname, port, agent, method, path, headers: { ...headers, ...length } })
      outgoing.on('response', (incoming) => {
        const ms = performance.now() - started
        const { statusCode: code = 0 } = incoming
        const answered = (text: string, contentType: string): void => resolve({ code, contentType, text, ms })
        const chunks: Buffer[] = []
        const timer = isWatch(path)
          ? setTimeout(() => {
              answered('', '')
              outgoing.destroy()
            }, streamMs)
          : undefined
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
        incoming.on('end', () => {
          clearTimeout(timer)
          const plain = incoming.headers['content-encoding'] === undefined && !isWatch(path)
          answered(plain ? Buffer.concat(chunks).toString() : '', incoming.headers['content-type'] ?? '')
        })
        incoming.on('error', reject)
      })
      outgoing.on('error', reject)
      outgoing.end(body)
    })
  return { send: one, close: () => agent.destroy() }
}

function isWatch(path: string): boolean {
  return /[?&]watch=|^\/+apis?\/.*\/watch\//.test(path) || /\/log(\?|$)/.test(path)
}
