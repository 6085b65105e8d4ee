/** A request of the page to a cluster's API, as the person, and what comes back, as nothing a browser would run. */

import { Readable } from 'node:stream'
import type { Client } from '@berth/kube'
import { ConsoleError } from '../errors.ts'

export interface Forwarded {
  code: number
  headers: Record<string, string>
  body: Readable
}

/** What kube-apiserver takes at most. */
export const maxBodyBytes = 3 * 1024 * 1024

const jsonTypes = /^application\/json(?:;[\w=.,;:+ -]*)?$/
const acceptable = /^(?:application\/json|text\/plain|\*\/\*)(?:[;,][\w=.,;:+*/ -]*)?$/
const bodyTypes = new Set([
  'application/json',
  'application/yaml',
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
])
const passedBack = ['warning', 'retry-after', 'audit-id'] as const

/**
 * @param request.path from `clusterPath`
 * @throws {ConsoleError} BadRequest for a body or an answer of a kind that does not pass
 */
export async function forward(
  client: Client,
  request: {
    method: string
    path: string
    headers: Readonly<Record<string, string | string[] | undefined>>
    body: Buffer | undefined
    signal: AbortSignal
  },
): Promise<Forwarded> {
  const { method, path, body, signal } = request
  const headers: Record<string, string> = { accept: acceptOf(request.headers['accept']) }
  if (body !== undefined && body.length > 0) headers['content-type'] = bodyTypeOf(request.headers['content-type'])
  const answer = await client.transport.request({
    method,
    path,
    headers,
    signal,
    ...(body === undefined || body.length === 0 ? {} : { body }),
  })
  const type = answerTypeOf(answer.headers['content-type'])
  const content = answer.whole === undefined ? Readable.from(answer.body) : Readable.from([Buffer.from(answer.whole)])
  if (type === undefined) {
    content.destroy()
    throw new ConsoleError('BadRequest', 'the cluster answered with something that is neither JSON nor plain text')
  }
  const back: Record<string, string> = { 'content-type': type }
  for (const name of passedBack) {
    const value = answer.headers[name]
    if (value !== undefined) back[name] = Array.isArray(value) ? value.join(', ') : value
  }
  return { code: answer.code, headers: back, body: content }
}

function acceptOf(given: string | string[] | undefined): string {
  return typeof given === 'string' && given.length < 512 && acceptable.test(given) ? given : 'application/json'
}

function bodyTypeOf(given: string | string[] | undefined): string {
  const type = typeof given === 'string' ? (given.split(';', 1)[0] ?? '').trim().toLowerCase() : ''
  if (bodyTypes.has(type)) return type
  throw new ConsoleError('BadRequest', `content-type: a body of type ${JSON.stringify(type)} does not pass`)
}

/** The answer's type with our own parameters; an empty answer has none. */
function answerTypeOf(given: string | string[] | undefined): string | undefined {
  if (given === undefined) return 'text/plain; charset=utf-8'
  const type = (typeof given === 'string' ? given : (given[0] ?? '')).toLowerCase()
  if (jsonTypes.test(type)) return 'application/json; charset=utf-8'
  return type.startsWith('text/plain') ? 'text/plain; charset=utf-8' : undefined
}
