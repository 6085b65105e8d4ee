/** Bytes that are hardly HTTP, over TLS: what comes before any request is understood. */

import { connect } from 'node:tls'
import { mutateBytes } from './mutate.ts'
import type { FuzzAnswer } from './oracle.ts'
import type { Random } from './random.ts'
import type { FuzzRequest } from './requests.ts'

/** A server may wait for the rest of half a request for as long as it likes; nobody here does. */
const patienceMs = 150

export interface RawAccess {
  server: string
  ca: string
  cert: string
  key: string
}

/** Resolves with the code of the first answer; 400 stands for a connection that was closed or kept waiting. */
export function rawTarget(access: RawAccess, random: Random): (request: FuzzRequest) => Promise<FuzzAnswer> {
  const { hostname, port } = new URL(access.server)
  const { ca, cert, key } = access
  return (request) =>
    new Promise((resolve) => {
      const started = performance.now()
      let text = ''
      const socket = connect({ host: hostname, port: Number(port), ca, cert, key, ALPNProtocols: ['http/1.1'] })
      const timer = setTimeout(() => socket.destroy(), patienceMs)
      socket.on('secureConnect', () => socket.write(mutateBytes(bytesOf(request), random)))
      socket.on('data', (chunk: Buffer) => {
        text = (text + chunk.toString('latin1')).slice(0, 4096)
        if (/^HTTP\/1\.1 \d+ [\s\S]*\r\n\r\n/.test(text)) socket.destroy()
      })
      // A reset is an answer to garbage too.
      socket.on('error', () => {})
      socket.on('close', () => {
        clearTimeout(timer)
        const code = Number(/^HTTP\/1\.1 (\d+) /.exec(text)?.[1] ?? 400)
        resolve({ code, contentType: '', text: code >= 500 ? text : '', ms: performance.now() - started })
      })
    })
}

function bytesOf({ method, path, headers, body }: FuzzRequest): Buffer {
  const lines = Object.entries({ host: 'x', ...headers, 'content-length': String(body.length) })
  const head = `${method} ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`
  return Buffer.concat([Buffer.from(head), body])
}
