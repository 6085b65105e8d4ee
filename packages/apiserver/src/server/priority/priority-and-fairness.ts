/**
 * Lets requests in by priority level: each level has seats of its own, may use the free ones others lend, and lets the rest wait
 * in fair queues. So no flood of one tenant keeps nodes, controllers or other tenants from being served.
 */

import type { Clock } from '@berth/base'
import type { Attributes } from '../../auth/user.ts'
import { tooManyRequests } from '../byte-budget.ts'
import { flowOf, type Flow } from './classify.ts'
import type { FlowSchema, PriorityLevel } from './configuration.ts'
import { FairQueues, type Waiting } from './fair-queues.ts'

export type RejectReason = 'queue-full' | 'concurrency-limit' | 'time-out' | 'cancelled'

/** Labels of the metrics. */
export interface FlowLabels {
  flow_schema: string
  priority_level: string
}

export interface PriorityObserver {
  dispatched(labels: FlowLabels, waitedSeconds: number): void
  rejected(labels: FlowLabels, reason: RejectReason): void
}

export interface PriorityOptions {
  levels: readonly PriorityLevel[]
  schemas: readonly FlowSchema[]
  /** Seats of the whole server. */
  seats: number
  /** Milliseconds a request may wait. */
  queueMs: number
  clock: Clock
  uid: () => string
  observer: PriorityObserver
}

/** A request that was let in. */
export interface Ticket {
  readonly headers: Readonly<Record<string, string>>
  /** Gives the seats back; more calls do nothing. */
  leave(): void
}

export interface LevelState {
  name: string
  /** Seats of its own. */
  nominal: number
  seats: number
  executing: number
  waiting: number
}

interface Waiter extends Waiting {
  enter(): void
}

interface Level {
  readonly definition: PriorityLevel
  readonly uid: string
  readonly nominal: number
  /** Seats that are never lent. */
  readonly kept: number
  readonly queues: FairQueues<Waiter> | undefined
  seats: number
  executing: number
}

export class PriorityAndFairness {
  readonly #options: PriorityOptions
  readonly #levels: Map<string, Level>
  readonly #schemas: readonly FlowSchema[]
  readonly #headers = new Map<FlowSchema, Ticket['headers']>()
  readonly #total: number

  /** @throws Error when a schema names a level that is not there */
  constructor(options: PriorityOptions) {
    this.#options = options
    const shares = options.levels.reduce((sum, level) => sum + level.shares, 0)
    this.#levels = new Map(
      options.levels.map((definition) => {
        const nominal = Math.ceil((options.seats * definition.shares) / shares)
        const kept = nominal - Math.round((nominal * definition.lendablePercent) / 100)
        const { queuing } = definition
        const queues = queuing === undefined ? undefined : new FairQueues<Waiter>(queuing)
        return [definition.name, { definition, uid: options.uid(), nominal, kept, queues, seats: 0, executing: 0 }]
      }),
    )
    this.#total = [...this.#levels.values()].reduce((sum, level) => sum + level.nominal, 0)
    this.#schemas = options.schemas.toSorted((a, b) => a.precedence - b.precedence || (a.name < b.name ? -1 : 1))
    for (const schema of this.#schemas) {
      this.#headers.set(schema, {
        'x-kubernetes-pf-flowschema-uid': options.uid(),
        'x-kubernetes-pf-prioritylevel-uid': this.#level(schema.level).uid,
      })
    }
  }

  state(): LevelState[] {
    return [...this.#levels.values()].map(({ definition, nominal, seats, executing, queues }) => ({
      name: definition.name,
      nominal,
      seats,
      executing,
      waiting: queues?.length ?? 0,
    }))
  }

  /**
   * Resolves when the request may run.
   * @param request.seats how many it takes
   * @throws {StatusError} TooManyRequests when there is no place to wait, or it waited too long
   */
  async enter(request: { attributes: Attributes; seats: number; signal: AbortSignal }): Promise<Ticket> {
    const flow = this.#flow(request.attributes)
    const level = this.#level(flow.schema.level)
    const labels = { flow_schema: flow.schema.name, priority_level: level.definition.name }
    // A request wider than its level would wait for ever.
    const seats = Math.min(request.seats, Math.max(1, level.nominal))
    const refuse = (reason: RejectReason): Error => {
      this.#options.observer.rejected(labels, reason)
      return tooManyRequests()
    }
    if ((level.queues?.length ?? 0) > 0 || !this.#fits(level, seats)) {
      if (level.queues === undefined) throw refuse('concurrency-limit')
      const key = `${flow.schema.name} ${flow.distinguisher}`
      const waited = await this.#wait(level.queues, { key, seats, signal: request.signal })
      if (typeof waited === 'string') throw refuse(waited)
      this.#options.observer.dispatched(labels, waited / 1000)
    } else {
      this.#take(level, seats)
      this.#options.observer.dispatched(labels, 0)
    }
    return this.#ticket(flow, level, seats)
  }

  #level(name: string): Level {
    const level = this.#levels.get(name)
    if (level === undefined) throw new Error(`there is no priority level ${name}`)
    return level
  }

  #flow(attributes: Attributes): Flow {
    const found = flowOf(this.#schemas, attributes)
    if (found !== undefined) return found
    // Only users of the server's own making are in none of Kubernetes' groups; they go last like everybody unknown.
    const last = this.#schemas.at(-1)
    if (last === undefined) throw new Error('there is no flow schema')
    return { schema: last, distinguisher: attributes.user.name }
  }

  /** Own seats, or seats of the whole server that nobody uses and no other level keeps for itself. */
  #fits(level: Level, seats: number): boolean {
    if (level.definition.exempt === true || level.seats === 0 || level.seats + seats <= level.nominal) return true
    if (level.queues === undefined) return false
    let taken = level.seats + seats
    for (const other of this.#levels.values()) {
      if (other !== level && other.definition.exempt !== true) taken += Math.max(other.seats, other.kept)
    }
    return taken <= this.#total
  }

  #take(level: Level, seats: number): void {
    level.seats += seats
    level.executing += 1
  }

  #ticket(flow: Flow, level: Level, seats: number): Ticket {
    let left = false
    return {
      headers: this.#headers.get(flow.schema) ?? {},
      leave: () => {
        if (left) return
        left = true
        level.seats -= seats
        level.executing -= 1
        // Free seats may be of use to any level: they are lent.
        for (const each of this.#levels.values()) this.#letIn(each)
      },
    }
  }

  #letIn(level: Level): void {
    if (level.queues === undefined) return
    for (;;) {
      const next = level.queues.next()
      if (next === undefined || !this.#fits(level, next.seats)) return
      level.queues.take()
      this.#take(level, next.seats)
      next.enter()
    }
  }

  /** @returns the milliseconds it waited, its seats taken; or why it may not */
  #wait(
    queues: FairQueues<Waiter>,
    { key, seats, signal }: { key: string; seats: number; signal: AbortSignal },
  ): Promise<number | RejectReason> {
    const { clock, queueMs } = this.#options
    return new Promise((resolve) => {
      const began = clock.now().getTime()
      const settle = (result: number | RejectReason): void => {
        cancel()
        signal.removeEventListener('abort', onAbort)
        resolve(result)
      }
      const waiter: Waiter = { seats, enter: () => settle(clock.now().getTime() - began) }
      const giveUp = (reason: RejectReason): void => {
        if (queues.remove(waiter)) settle(reason)
      }
      const onAbort = (): void => giveUp('cancelled')
      const cancel = clock.after(queueMs, () => giveUp('time-out'))
      signal.addEventListener('abort', onAbort)
      if (signal.aborted || !queues.add(key, waiter)) settle(signal.aborted ? 'cancelled' : 'queue-full')
    })
  }
}
