/**
 * Leader election over a coordination.k8s.io Lease. At most one holder acts at a time as long as clocks run at about the same
 * speed: times are compared with the own clock from the moment a change was seen, never with the other's clock.
 */

import { messageOf, silentLogger, type Clock, type Logger } from '@berth/base'
import { StatusError, unlessMissing } from '@berth/meta'
import type { Client } from './contract.ts'
import { leases, type Lease } from './core-resources.ts'
import { systemClock, wait } from './system-clock.ts'

export interface LeaderOptions {
  client: Client
  namespace: string
  name: string
  /** Unique per candidate: host name and a random part. */
  identity: string
  clock?: Clock
  random?: () => number
  logger?: Logger
  /** A lease not renewed for this long may be taken; 15 s unless given. */
  leaseDurationMs?: number
  /** The holder stops acting when it could not renew for this long; 10 s unless given, less than the lease duration. */
  renewDeadlineMs?: number
  /** Between tries; 2 s unless given. */
  retryMs?: number
}

/**
 * Waits to become leader, then runs `lead` with a signal that aborts when leadership is lost; and again, until `signal` aborts.
 * Gives the lease back when it ends, so that a successor need not wait.
 */
export async function runAsLeader(
  options: LeaderOptions,
  lead: (signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const { clock = systemClock, random = Math.random, retryMs = 2000, renewDeadlineMs = 10_000 } = options
  const logger = (options.logger ?? silentLogger).child({ lease: options.name })
  const candidate = createCandidate(options)

  while (!signal.aborted) {
    if (!(await attempt())) {
      await wait(clock, retryMs * (1 + random()), signal)
      continue
    }
    logger.info({ identity: options.identity }, 'became leader')
    const losing = new AbortController()
    const leading = AbortSignal.any([signal, losing.signal])
    const work = lead(leading).finally(() => losing.abort())
    const renewing = renew(leading, losing)
    try {
      await work
    } finally {
      await renewing
      await release()
    }
    logger.info({ identity: options.identity }, 'stopped leading')
  }

  async function attempt(): Promise<boolean> {
    try {
      return await candidate.acquire()
    } catch (error) {
      logger.warn({ error: messageOf(error) }, 'could not read or write the lease')
      return false
    }
  }

  async function renew(leading: AbortSignal, losing: AbortController): Promise<void> {
    let renewedAt = clock.now().getTime()
    while (!leading.aborted) {
      await wait(clock, retryMs, leading)
      if (leading.aborted) return
      if (await attempt()) renewedAt = clock.now().getTime()
      else if (clock.now().getTime() - renewedAt >= renewDeadlineMs) losing.abort()
    }
  }

  async function release(): Promise<void> {
    try {
      await candidate.release()
    } catch (error) {
      logger.warn({ error: messageOf(error) }, 'could not give the lease back; it expires by itself')
    }
  }
}

function createCandidate(options: LeaderOptions): { acquire(): Promise<boolean>; release(): Promise<void> } {
  const { client, namespace, name, identity, clock = systemClock, leaseDurationMs = 15_000 } = options
  /** The last state seen, and when we saw it first by our own clock. */
  let seen: { mark: string; atMs: number } | undefined

  const read = (): Promise<Lease | undefined> => unlessMissing(client.get(leases, { namespace, name }))

  function spec(transitions: number, acquireTime: string): NonNullable<Lease['spec']> {
    return {
      holderIdentity: identity,
      leaseDurationSeconds: Math.ceil(leaseDurationMs / 1000),
      acquireTime,
      renewTime: microTime(clock),
      leaseTransitions: transitions,
    }
  }

  async function write(lease: Lease | undefined): Promise<boolean> {
    const held = lease?.spec ?? {}
    const mine = held.holderIdentity === identity
    const transitions = (held.leaseTransitions ?? 0) + (mine || lease === undefined ? 0 : 1)
    const next = spec(transitions, mine ? (held.acquireTime ?? microTime(clock)) : microTime(clock))
    try {
      if (lease === undefined) {
        const metadata = { name, namespace }
        await client.create(leases, { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata, spec: next })
      } else await client.update(leases, { ...lease, spec: next })
      return true
    } catch (error) {
      // Another candidate was faster.
      if (error instanceof StatusError && (error.code === 'Conflict' || error.code === 'AlreadyExists')) return false
      throw error
    }
  }

  return {
    async acquire() {
      const lease = await read()
      const holder = lease?.spec?.holderIdentity ?? ''
      if (lease === undefined || holder === '' || holder === identity) return write(lease)
      const mark = `${holder} ${lease.spec?.renewTime ?? ''} ${lease.metadata.resourceVersion ?? ''}`
      const nowMs = clock.now().getTime()
      if (seen?.mark !== mark) seen = { mark, atMs: nowMs }
      const durationMs = (lease.spec?.leaseDurationSeconds ?? leaseDurationMs / 1000) * 1000
      return nowMs - seen.atMs > durationMs ? write(lease) : false
    },
    async release() {
      const lease = await read()
      if (lease?.spec?.holderIdentity !== identity) return
      await client.update(leases, { ...lease, spec: { ...lease.spec, holderIdentity: '', leaseDurationSeconds: 1 } })
    },
  }
}

/** RFC 3339 with microseconds, as metav1.MicroTime is written. */
function microTime(clock: Clock): string {
  return clock.now().toISOString().replace('Z', '000Z')
}
