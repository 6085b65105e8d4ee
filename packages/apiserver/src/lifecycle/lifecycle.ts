/** The controllers that run inside the server: they keep promises the API makes but a single request cannot. */

import type { Clock, Logger } from '@berth/base'
import type { ResourceRegistry } from '../resource/registry.ts'
import type { Store } from '../storage/store.ts'
import type { ApiHandler } from '../transport.ts'
import { DisruptionController } from '../disruption/controller.ts'
import { EventExpiry } from './event-expiry.ts'
import { GarbageCollector } from './garbage-collector.ts'
import { internalApi } from './internal-api.ts'
import { KeyQueue } from './key-queue.ts'
import { NamespaceContent } from './namespace-content.ts'
import { NamespaceController } from './namespace-controller.ts'
import { ensurePriorityClasses } from './priority-classes.ts'
import { feedObjects, type ObjectChange } from './object-feed.ts'
import type { QuotaLedger } from '../quota/ledger.ts'
import { QuotaStatusController } from '../quota/status-controller.ts'

export interface LifecycleOptions {
  store: Store
  handler: ApiHandler
  registry: Pick<ResourceRegistry, 'all' | 'byKind' | 'find' | 'resource' | 'onChange'>
  clock: Clock
  logger: Logger
  /** A number in [0, 1), for the jitter of retries. */
  random: () => number
  /** PEM, for the `kube-root-ca.crt` of each namespace; left out there is none. */
  rootCertificate?: string
  /** One hour unless given. */
  eventLifetimeMs?: number
  /** 10,000 unless given. */
  maxEvents?: number
  /** What the ResourceQuota plug-in goes by; the status of quotas is kept when given. Its owner closes it. */
  quotas?: QuotaLedger
}

export interface Lifecycle {
  /** The system namespaces are there, with their default content. */
  readonly ready: Promise<void>
  /** Stops watching, and resolves when what was under way is through. The next start continues where this one stopped. */
  stop(): Promise<void>
}

const recheckMs = 50

/** Starts garbage collection, namespace termination, default content of namespaces and the expiry of events. */
export function startLifecycle(options: LifecycleOptions): Lifecycle {
  const { store, handler, registry, clock, logger, random } = options
  const stopping = new AbortController()
  const apiFor = (name: string): ReturnType<typeof internalApi> => internalApi(handler, name, stopping.signal)
  const queueFor = (name: string, workers: number, reconcile: (key: string) => Promise<void>): KeyQueue =>
    new KeyQueue({ name, workers, clock, logger, random, reconcile })

  const collector = new GarbageCollector({ api: apiFor('generic-garbage-collector'), store, registry, clock })
  const garbage = queueFor('garbage-collector', 8, (uid) => collector.reconcile(uid, garbage))

  const terminator = new NamespaceController({ api: apiFor('namespace-controller'), store, registry, clock })
  const terminating = queueFor('namespace', 4, (name) => terminator.reconcile(name))

  const content = new NamespaceContent({
    api: apiFor('namespace-content'),
    store,
    rootCertificate: options.rootCertificate,
  })
  const contents = queueFor('namespace-content', 4, (name) => content.reconcile(name))

  const expiry = new EventExpiry({
    api: apiFor('event-expiry'),
    clock,
    ...(options.eventLifetimeMs === undefined ? {} : { lifetimeMs: options.eventLifetimeMs }),
    ...(options.maxEvents === undefined ? {} : { maxEvents: options.maxEvents }),
  })
  const expired = queueFor('event-expiry', 4, (key) => expiry.reconcile(key))

  const disruption = new DisruptionController({ api: apiFor('disruption-controller'), store, clock })
  const budgets = queueFor('disruption', 2, (key) => disruption.reconcile(key, budgets))

  const quotas =
    options.quotas === undefined
      ? undefined
      : new QuotaStatusController({ api: apiFor('resourcequota-controller'), store, ledger: options.quotas })
  const quotaStatus = queueFor('resourcequota', 4, async (key) => quotas?.reconcile(key))

  const sink = (change: ObjectChange): void => {
    collector.observe(change, garbage)
    terminator.observe(change, terminating)
    content.observe(change, contents)
    expiry.observe(change, expired)
    disruption.observe(change, budgets)
  }
  const feed = feedObjects({
    store,
    registry,
    sink: {
      change: sink,
      appeared: (definition) => collector.appeared(definition, garbage),
      vanished: (definition) => collector.vanished(definition),
    },
  })
  content.start(contents)
  expiry.start(expired)
  quotas?.start(quotaStatus)

  async function systemContent(): Promise<void> {
    await ensurePriorityClasses({ api: apiFor('priority-classes'), store, registry })
    while (!stopping.signal.aborted) {
      await contents.idle()
      if (content.complete()) return
      // A failed key waits for its next try outside the queue.
      await new Promise<void>((resolve) => clock.after(recheckMs, resolve))
    }
  }

  return {
    ready: systemContent(),
    async stop() {
      feed.close()
      expiry.stop()
      quotas?.stop()
      const queues = [garbage, terminating, contents, expired, budgets, quotaStatus].map((queue) => queue.stop())
      await Promise.all(queues)
      stopping.abort()
    },
  }
}
