/** Single HTTP requests whose answer is a stream, for disks that are fetched beside the API. */

import { request as plainRequest, type IncomingMessage } from 'node:http'
import { request as tlsRequest } from 'node:https'
import { rootCertificates } from 'node:tls'
import { messageOf } from '@berth/base'
import { CliError } from '../failure.ts'

export interface Trust {
  /** PEM; the system's are trusted beside it. */
  ca: string | undefined
  /** Whoever answers is believed. */
  insecure: boolean
}

export interface Call {
  url: string
  method: 'GET'
  headers: Record<string, string>
  trust: Trust
  signal: AbortSignal
}

/** Without a byte for this long, the connection is dead. */
const idleMs = 60_000

/** The answer, its body still to be read. @throws {CliError} Unreachable, Interrupted */
export async function call({ url, method, headers, trust, signal }: Call): Promise<IncomingMessage> {
  const secure = url.startsWith('https:')
  const tls = {
    ca: trust.ca === undefined ? undefined : [trust.ca, ...rootCertificates],
    rejectUnauthorized: !trust.insecure,
  }
  try {
    return await new Promise<IncomingMessage>((resolve, reject) => {
      const request = (secure ? tlsRequest : plainRequest)(url, {
        method,
        headers,
        signal,
        agent: false,
        ...(secure ? tls : {}),
      })
      request.setTimeout(idleMs, () => request.destroy(new Error('the server has not answered for a minute')))
      request.once('response', resolve)
      request.once('error', reject)
      request.end()
    })
  } catch (cause) {
    throw broken(cause, url, signal)
  }
}

/** @returns the error as people read it */
export function broken(cause: unknown, url: string, signal: AbortSignal): CliError {
  if (signal.aborted) return new CliError('Interrupted', 'interrupted', { cause })
  const { host } = new URL(url)
  return new CliError('Unreachable', `the connection to ${host} broke: ${messageOf(cause)}`, {
    cause,
    remedy: /certificate|self.signed|issuer/i.test(messageOf(cause))
      ? 'If you know who answers there, say --insecure.'
      : 'Try again.',
  })
}

const maxText = 4096

/** The answer's body as text, as far as a person would read it. */
export async function textOf(answer: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of answer) {
    text += String(chunk)
    if (text.length > maxText) {
      answer.destroy()
      break
    }
  }
  return text.slice(0, maxText).trim()
}
