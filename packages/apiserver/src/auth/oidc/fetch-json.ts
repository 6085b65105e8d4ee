/**
 * Asking an issuer. Addresses come from the configuration and from what a configured issuer says of itself over TLS; never from a
 * token. No redirects, no proxies, nothing but https, bounded in time and size.
 */

import { request } from 'node:https'
import { messageOf } from '@berth/base'
import { isJsonObject, type JsonObject } from '@berth/meta'

export interface FetchOptions {
  /** PEM; the machine's own authorities unless given. */
  certificateAuthority: string | undefined
  /** For the whole exchange. */
  timeoutMs: number
  maxBytes: number
  signal: AbortSignal
}

/** @throws Error that says which address and why */
export async function fetchJson(address: string, options: FetchOptions): Promise<JsonObject> {
  const url = URL.parse(address)
  if (url?.protocol !== 'https:') throw new Error(`${address} is not an https address`)
  let text: string
  try {
    text = await fetchText(url, options)
  } catch (error) {
    throw new Error(`${address} cannot be read: ${messageOf(error)}`, { cause: error })
  }
  const value: unknown = parse(text)
  if (!isJsonObject(value)) throw new Error(`${address} does not answer with a JSON object`)
  return value
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function fetchText(url: URL, { certificateAuthority, timeoutMs, maxBytes, signal }: FetchOptions): Promise<string> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      url,
      {
        agent: false,
        headers: { accept: 'application/json' },
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
        minVersion: 'TLSv1.2',
        ...(certificateAuthority === undefined ? {} : { ca: certificateAuthority }),
      },
      (incoming) => {
        if (incoming.statusCode !== 200) {
          incoming.destroy()
          reject(new Error(`it answers with ${incoming.statusCode ?? 'no code'}`))
          return
        }
        const chunks: Buffer[] = []
        let size = 0
        incoming.on('data', (chunk: Buffer) => {
          size += chunk.length
          if (size > maxBytes) incoming.destroy(new Error(`the answer is longer than ${maxBytes} bytes`))
          else chunks.push(chunk)
        })
        incoming.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')))
        incoming.on('error', reject)
      },
    )
    outgoing.on('error', reject)
    outgoing.end()
  })
}
