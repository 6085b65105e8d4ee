/** The cookie that carries a session's id, signed, so that a made-up one is refused before anything is looked up. */

import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { createJsonFile, readJsonFile } from '../files/private-files.ts'

export interface SessionCookies {
  /** Value of a Set-Cookie header. */
  set(id: string): string
  clear(): string
  /** The id a request's Cookie header carries; undefined when there is none, or none of ours. */
  read(header: string | undefined): string | undefined
}

/** Longer ones are not ours. */
const maxHeaderLength = 16 * 1024

/**
 * Cookies do not know ports, so the name does: consoles beside each other on one host keep their sessions apart.
 * `__Host-` makes browsers insist on Secure, this host and the whole path.
 */
export function sessionCookies(options: {
  key: Buffer
  tls: boolean
  port: number
  /** With @fastify/cookie, ready. */
  app: Pick<FastifyInstance, 'serializeCookie' | 'parseCookie'>
}): SessionCookies {
  const { key, tls, port, app } = options
  const name = `${tls ? '__Host-' : ''}berth-session-${port}`
  const sign = (id: string): Buffer => createHmac('sha256', key).update(`${name}=${id}`).digest()
  const attributes = { path: '/', httpOnly: true, sameSite: 'strict', secure: tls } as const
  return {
    set: (id) => app.serializeCookie(name, `${id}.${sign(id).toString('base64url')}`, attributes),
    clear: () => app.serializeCookie(name, '', { ...attributes, maxAge: 0 }),
    read(header) {
      if (header === undefined || header.length > maxHeaderLength) return undefined
      const value = app.parseCookie(header)[name]
      if (value === undefined) return undefined
      const dot = value.indexOf('.')
      const id = value.slice(0, Math.max(0, dot))
      const given = Buffer.from(value.slice(dot + 1), 'base64url')
      const expected = sign(id)
      return given.length === expected.length && timingSafeEqual(given, expected) ? id : undefined
    },
  }
}

/** The key of this data directory; made when it is first asked for, so that sessions outlive the server. */
export async function cookieKey(dataDirectory: string): Promise<Buffer> {
  const path = join(dataDirectory, 'cookie-key.json')
  await createJsonFile(path, { key: randomBytes(32).toString('base64') })
  const content = await readJsonFile(path)
  if (typeof content === 'object' && content !== null && 'key' in content && typeof content.key === 'string') {
    return Buffer.from(content.key, 'base64')
  }
  throw new Error(`${path} holds no key; remove it, and everybody signs in again`)
}
