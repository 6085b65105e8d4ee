/** Puts an API server together from its parts. */

import { qualifiedResource } from '@berth/meta'
import { AdmissionChain } from '../admission/chain.ts'
import { createMetrics } from '../metrics/metrics.ts'
import { ResourceRegistry } from '../resource/registry.ts'
import { collectionOf, isStored } from '../resource/traits.ts'
import type { RestServices } from '../rest/call.ts'
import { KeyedLocks } from '../rest/keyed-locks.ts'
import { BacklogBudget } from '../watch/backlog-budget.ts'
import { FrameCache } from '../watch/frames.ts'
import { ByteBudget } from './byte-budget.ts'
import { createHandler } from './handler.ts'
import { InFlight } from './inflight.ts'
import { defaultLimits } from './limits.ts'
import { listen } from './listener.ts'
import { LongRunning } from './long-running.ts'
import type { ApiServer, ApiServerOptions, HealthCheck, Listener } from './options.ts'
import { flowSchemas, priorityLevels } from './priority/configuration.ts'
import { PriorityAndFairness } from './priority/priority-and-fairness.ts'

const defaultGitVersion = 'v1.33.0+berth'

/** @throws Error when the definitions contradict each other */
export function createApiServer(options: ApiServerOptions): ApiServer {
  const { store, clock, random, logger, authorizer, authenticator } = options
  const limits = { ...defaultLimits, ...options.limits }
  const registry = new ResourceRegistry(options)
  const inFlight = new InFlight()
  const metrics = createMetrics({
    storeRevision: () => store.revision,
    inFlight: () => inFlight.running,
    levels: () => priority.state(),
    objects: () =>
      registry
        .all()
        .filter(isStored)
        .map((definition) => [qualifiedResource(definition), store.count(collectionOf(definition))] as const),
  })
  const priority = new PriorityAndFairness({
    levels: priorityLevels,
    schemas: flowSchemas,
    seats: limits.readonlyInFlight + limits.mutatingInFlight,
    queueMs: limits.queueMs,
    clock,
    uid: () => random.uuid(),
    observer: metrics.flowControl,
  })
  const closing = new AbortController()
  const rest: RestServices = {
    store,
    registry,
    clock,
    random,
    logger,
    limits,
    metrics,
    locks: new KeyedLocks(),
    frames: new FrameCache(),
    backlogs: new BacklogBudget(limits.watchBacklogTotalBytes),
    lists: new ByteBudget(limits.listBytes),
    admission: new AdmissionChain(options.admission ?? []),
    authorizer,
    closing: closing.signal,
  }
  const paths = {
    registry,
    metrics,
    gitVersion: options.gitVersion ?? defaultGitVersion,
    documents: options.documents ?? {},
    healthChecks: [...(options.healthChecks ?? []), shutdownCheck(closing.signal)],
    logger,
  }
  const longRunning = new LongRunning(limits)
  const handler = createHandler({ rest, paths, authorizer, inFlight, priority, longRunning, audit: options.audit })
  const listeners = new Set<Listener>()

  return {
    handler,
    registry,
    metrics,
    async listen(where) {
      const listener = await listen({
        ...where,
        handler,
        authenticator,
        limits,
        logger,
        rawPaths: options.rawPaths ?? [],
      })
      listeners.add(listener)
      return listener
    },
    async close() {
      closing.abort()
      await Promise.all([...listeners].map((listener) => listener.close()))
      listeners.clear()
    },
  }
}

/** Load balancers stop sending requests to a server that is going. */
function shutdownCheck(closing: AbortSignal): HealthCheck {
  return {
    name: 'shutdown',
    check() {
      if (closing.aborted) throw new Error('the server is shutting down')
    },
  }
}
