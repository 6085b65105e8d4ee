/** One request to CDI's upload proxy, with a disk that is streamed. */

import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { pipeline } from 'node:stream/promises'
import { Readable } from 'node:stream'

export interface UploadProxy {
  /** `https://host:port`, perhaps with a path; without a slash at its end. */
  url: string
  /** Certificates to trust (PEM), the system's included. */
  ca: string[]
  insecure: boolean
}

export interface UploadRequest {
  proxy: UploadProxy
  path: string
  method: 'POST' | 'HEAD'
  token: string
  content?: { size: number; bytes: AsyncIterable<Buffer> }
  signal: AbortSignal
}

export interface UploadAnswer {
  code: number
  text: string
}

/** Its words are for a person: no more of them. */
const maxAnswerBytes = 8192
/** Milliseconds without anything from either side. */
const idleMs = 120_000

/** @throws what Node throws for broken connections, and what `content` throws */
export async function sendUpload({
  proxy,
  path,
  method,
  token,
  content,
  signal,
}: UploadRequest): Promise<UploadAnswer> {
  const url = new URL(`${proxy.url}${path}`)
  const secure = url.protocol === 'https:'
  const call = (secure ? httpsRequest : httpRequest)(url, {
    method,
    signal,
    timeout: idleMs,
    headers: {
      authorization: `Bearer ${token}`,
      ...(content === undefined
        ? {}
        : { 'content-type': 'application/octet-stream', 'content-length': String(content.size) }),
    },
    ...(secure ? { ca: proxy.ca, rejectUnauthorized: !proxy.insecure } : {}),
  })
  call.on('timeout', () => call.destroy(new Error(`${url.host} was silent for ${idleMs / 1000} s`)))
  const answer = new Promise<UploadAnswer>((resolve, reject) => {
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
  throw sent.status === 'rejected' && !isUploadBroken(sent.reason) ? sent.reason : received.reason
}

/** Errors that this machine's network or the other side make; others come from the content. */
export function isUploadBroken(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  return (
    /^(?:ECONN|EPIPE|ETIMEDOUT|EHOST|ENET|ENOTFOUND|EAI_|ERR_STREAM_PREMATURE_CLOSE|ERR_STREAM_DESTROYED|ERR_TLS|CERT_|DEPTH_|SELF_SIGNED|UNABLE_TO|ERR_SSL)/.test(
      code,
    ) || /silent for|socket hang up/.test(error.message)
  )
}
