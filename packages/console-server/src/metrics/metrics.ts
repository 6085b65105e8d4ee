/**
 * Measured values of machines: one sampler for each cluster that can be scraped as a whole, one for each machine where there is a
 * Prometheus, one for each reader's machine elsewhere.
 */

import type { Clock, Logger } from '@berth/base'
import type { Cluster, Identity } from '../clusters/cluster.ts'
import type { Part } from '../parts.ts'
import { identityKey } from '../watches/identity-key.ts'
import { askPrometheus, stepMs } from './prometheus.ts'
import { memoryOf } from './reading.ts'
import { createSampler, type Sampler } from './sampler.ts'
import { readResourceMetrics, scrapeEngine, sharedClient } from './source.ts'

/** The newest values of all machines of a cluster, for lists. Whoever passes them on has checked who may see the machine. */
export interface LatestValues {
  /** Processors and bytes in use. Undefined for what does not run, or is not measured. */
  of(namespace: string, name: string): { cpuUsed?: number; memoryUsed?: number } | undefined
  release(): void
}

export interface Metrics {
  /** The sampler that has the machine, and the key it has it under. */
  samplerOf(options: { cluster: Cluster; identity: Identity; namespace: string; name: string }): {
    sampler: Sampler
    key: string
  }
  /** Sampled while it is held, every 5 seconds. Undefined where only each person can ask for single machines. */
  latest(cluster: Cluster, onRound: () => void): LatestValues | undefined
}

/** What engines and KubeVirt measure is worth asking for that often. */
const sharedIntervalMs = 5_000
/** Resource metrics of clusters are new every 15 seconds at best. */
const ownIntervalMs = 15_000
/** Rings are kept for a while after the last reader: a page that is opened again goes on where it was. */
const lingerMs = 60_000

export function createMetrics(clock: Clock, logger: Logger): Metrics {
  const samplers = new Map<string, Sampler>()

  function samplerAt(key: string, make: (onIdle: () => void) => Sampler): Sampler {
    const known = samplers.get(key)
    if (known !== undefined) return known
    const made = make(() => {
      clock.after(lingerMs, () => {
        if (samplers.get(key) === made && !made.inUse) samplers.delete(key)
      })
    })
    samplers.set(key, made)
    return made
  }

  function shared(cluster: Cluster): Sampler | undefined {
    const client = sharedClient(cluster)
    if (client === undefined) return undefined
    return samplerAt(JSON.stringify([cluster.id]), (onIdle) =>
      createSampler({
        read: (signal) => scrapeEngine(client, signal),
        intervalMs: sharedIntervalMs,
        clock,
        logger: logger.child({ cluster: cluster.id }),
        onIdle,
      }),
    )
  }

  return {
    samplerOf({ cluster, identity, namespace, name }) {
      const key = `${namespace}/${name}`
      const ofAll = shared(cluster)
      if (ofAll !== undefined) return { sampler: ofAll, key }
      const { prometheus } = cluster
      if (prometheus !== undefined) {
        // One for all who may see the machine, which the reader has asked the cluster.
        const remembered = samplerAt(JSON.stringify([cluster.id, key]), (onIdle) =>
          createSampler({
            async readRings(signal) {
              const now = clock.now().getTime()
              return new Map([[key, await askPrometheus(prometheus, { namespace, name }, { now, signal })]])
            },
            intervalMs: stepMs,
            clock,
            logger: logger.child({ cluster: cluster.id }),
            onIdle,
          }),
        )
        return { sampler: remembered, key }
      }
      const sampler = samplerAt(JSON.stringify([cluster.id, identityKey(identity), key]), (onIdle) =>
        createSampler({
          async read(signal) {
            const reading = await readResourceMetrics(cluster.clientFor(identity), { namespace, name }, signal)
            return new Map(reading === undefined ? [] : [[key, reading]])
          },
          intervalMs: ownIntervalMs,
          clock,
          logger: logger.child({ cluster: cluster.id }),
          onIdle,
        }),
      )
      return { sampler, key }
    },
    latest(cluster, onRound) {
      const sampler = shared(cluster)
      if (sampler === undefined) return undefined
      const release = sampler.use({ onRound })
      return {
        of(namespace, name) {
          const found = sampler.latest.get(`${namespace}/${name}`)
          if (found === undefined) return undefined
          const { used } = memoryOf(found.reading)
          return {
            ...(found.cpu === undefined ? {} : { cpuUsed: found.cpu }),
            ...(used === undefined ? {} : { memoryUsed: used }),
          }
        },
        release,
      }
    },
  }
}

/** `context.part(metrics)` */
export const metrics: Part<Metrics> = {
  name: 'metrics',
  create: ({ clock, logger }) => createMetrics(clock, logger),
}
