/** How many connections each user has, so that one user with many addresses does not take them all. */

import type { UserInfo } from '../auth/user.ts'
import { tooManyRequests } from './byte-budget.ts'
import type { IncomingRequest } from './read-request.ts'

/** What a connection is for its requests: the session over HTTP/2, the socket over HTTP/1.1. */
interface Connection {
  once(event: 'close', listener: () => void): unknown
}

export class UserConnections {
  readonly #limit: number
  readonly #counts = new Map<string, number>()
  /** A connection belongs to whom it first spoke for; proxies that speak for many use few connections. */
  readonly #known = new WeakSet<Connection>()

  constructor(limit: number) {
    this.#limit = limit
  }

  /** @throws {StatusError} TooManyRequests for a new connection of a user with too many */
  admit(incoming: IncomingRequest, { name, groups }: UserInfo): void {
    const connection: Connection = ('stream' in incoming ? incoming.stream.session : undefined) ?? incoming.socket
    if (this.#known.has(connection) || groups.includes('system:masters')) return
    const count = this.#counts.get(name) ?? 0
    if (count >= this.#limit) throw tooManyRequests()
    this.#known.add(connection)
    this.#counts.set(name, count + 1)
    connection.once('close', () => {
      const left = (this.#counts.get(name) ?? 1) - 1
      if (left === 0) this.#counts.delete(name)
      else this.#counts.set(name, left)
    })
  }
}
