/** One request to the upload proxy, with a disk that is streamed. */

import { request } from 'node:https'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { UploadProxy } from './upload-proxy.ts'

export interface SendRequest {
  proxy: UploadProxy
  path: string
  method: 'POST' | 'HEAD'
  token: string
  content?: { size: number; bytes: AsyncIterable<Buffer> }
  signal: AbortSignal
}

export interface SendAnswer {
  code: number
  text: string
}

/** Its words are for a person: no more of them. */
const maxAnswerBytes = 8192
const idleMs = 120_000

/** @throws what Node throws for broken connections, and what the content throws */
export async function send({ proxy, path, method, token, content, signal }: SendRequest): Promise<SendAnswer> {
  const url = new URL(`${proxy.url}${path}`)
  const call = request(url, {
    method,
    signal,
    timeout: idleMs,
    ca: proxy.ca,
    rejectUnauthorized: !proxy.insecure,
    headers: {
      authorization: `Bearer ${token}`,
      ...(content === undefined
        ? {}
        : { 'content-type': 'application/octet-stream', 'content-length': String(content.size) }),
    },
  })
  call.on('timeout', () => call.destroy(new Error(`${url.host} was silent for ${idleMs / 1000} s`)))
  const answer = new Promise<SendAnswer>((resolve, reject) => {
    call.on('error', reject)
    call.on('response', (response) => {
      const chunks: Buffer[] = []
      let kept = 0
      response.on('data', (chunk: Buffer) => {
        if (kept < maxAnswerBytes) chunks.push(chunk)
        kept += chunk.length
      })
      response.on('error', reject)
      response.on('end', () => {
        const text = Buffer.concat(chunks).subarray(0, maxAnswerBytes).toString('utf8').trim()
        resolve({ code: response.statusCode ?? 0, text })
      })
    })
  })
  if (content === undefined) {
    call.end()
    return answer
  }
  const sending = pipeline(Readable.from(content.bytes), call)
  // A server that refuses answers before everything is sent, and ends the connection: its answer tells more than that.
  const [sent, received] = await Promise.allSettled([sending, answer])
  if (received.status === 'fulfilled') return received.value
  throw sent.status === 'rejected' && !isConnectionError(sent.reason) ? sent.reason : received.reason
}

/** Errors that the network or the other side make; others come from the content. */
export function isConnectionError(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  return (
    /^(?:E[A-Z_]+|CERT_|DEPTH_|SELF_SIGNED|UNABLE_TO)/.test(code) || /silent for|socket hang up/.test(error.message)
  )
}
