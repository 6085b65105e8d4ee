/** Bounds what lasts: watches, followed logs and tunnels, per user, so that nobody takes all connections of a server. */

import type { UserInfo } from '../auth/user.ts'
import type { ApiRequest } from '../transport.ts'
import { isTrue } from '../watch/watch-options.ts'
import { tooManyRequests } from './byte-budget.ts'
import type { ServerLimits } from './limits.ts'
import type { Route } from './route.ts'

export type LongKind = 'watch' | 'stream'

/** Undefined for a request that is answered and over. */
export function longKindOf(route: Route, verb: string, request: ApiRequest): LongKind | undefined {
  if (verb === 'watch') return 'watch'
  if (route.kind === 'path' || route.subresource === undefined) return undefined
  return request.upgrade || isTrue(request.query.get('follow')) ? 'stream' : undefined
}

export class LongRunning {
  readonly #limits: Record<LongKind, number>
  readonly #running = new Map<string, number>()

  constructor(limits: Pick<ServerLimits, 'watchesPerUser' | 'streamsPerUser'>) {
    this.#limits = { watch: limits.watchesPerUser, stream: limits.streamsPerUser }
  }

  /**
   * The returned function gives the place back; it is called once.
   * @throws {StatusError} TooManyRequests
   */
  enter(kind: LongKind, user: UserInfo): () => void {
    // The parts of the server itself, and administrators who must be able to look.
    if (user.groups.includes('system:masters')) return () => {}
    const key = `${kind} ${user.name}`
    const running = this.#running.get(key) ?? 0
    if (running >= this.#limits[kind]) throw tooManyRequests()
    this.#running.set(key, running + 1)
    return () => {
      const left = (this.#running.get(key) ?? 1) - 1
      if (left === 0) this.#running.delete(key)
      else this.#running.set(key, left)
    }
  }
}
