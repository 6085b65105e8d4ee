/**
 * Records core/v1 Events about objects. Repeats become a count on the same event; a flood about one object is cut off; failing to
 * record never disturbs the caller.
 */

import { messageOf, silentLogger, type Clock, type Logger } from '@berth/base'
import { StatusError, type KubeObject } from '@berth/meta'
import type { Client } from './contract.ts'
import { events, type EventObject, type ObjectReference } from './core-resources.ts'
import { systemClock } from './system-clock.ts'

export interface EventRecorderOptions {
  client: Client
  /** Shown as the event's source: `virtualmachine-controller`. */
  component: string
  /** The node it happened on. */
  host?: string
  clock?: Clock
  random?: () => number
  logger?: Logger
}

export interface EventRecorder {
  /** Never throws and does not wait; `message` is cut at 1024 characters (the API's limit). */
  record(about: KubeObject, event: { type: 'Normal' | 'Warning'; reason: string; message: string }): void
  /** Resolves when everything recorded so far is written or given up. */
  flush(): Promise<void>
}

/** A repeat within this time counts up the old event instead of making a new one. */
const repeatWindowMs = 10 * 60_000
/** Remembered events; the oldest is forgotten first. */
const maxRemembered = 4096
/** Events waiting to be written; more are dropped, with a log line. */
const maxWaiting = 1000
/** Per object: this many at once, then one per refill (the numbers kubelet's recorder uses). */
const burstPerObject = 25
const refillMs = 300_000
const maxMessage = 1024

export function createEventRecorder(options: EventRecorderOptions): EventRecorder {
  const { client, component, host, clock = systemClock, random = Math.random } = options
  const logger = (options.logger ?? silentLogger).child({ events: component })
  const remembered = new Map<string, { event: EventObject; lastMs: number }>()
  const buckets = new Map<string, { tokens: number; atMs: number }>()
  let waiting = 0
  let tail: Promise<void> = Promise.resolve()
  let serial = Math.floor(random() * 0xffff)

  function allowed(uid: string, nowMs: number): boolean {
    const bucket = buckets.get(uid) ?? { tokens: burstPerObject, atMs: nowMs }
    const tokens = Math.min(burstPerObject, bucket.tokens + (nowMs - bucket.atMs) / refillMs)
    remember(buckets, uid, { tokens: tokens >= 1 ? tokens - 1 : tokens, atMs: nowMs })
    return tokens >= 1
  }

  async function write(about: KubeObject, type: 'Normal' | 'Warning', reason: string, message: string): Promise<void> {
    const now = clock.now()
    const timestamp = now.toISOString().replace(/\.\d+Z$/, 'Z')
    const key = [about.metadata.uid ?? about.metadata.name, type, reason, message].join('\n')
    const known = remembered.get(key)
    if (known !== undefined && now.getTime() - known.lastMs < repeatWindowMs) {
      const { name = '', namespace = 'default' } = known.event.metadata
      const count = (known.event.count ?? 1) + 1
      try {
        const patch = { count, lastTimestamp: timestamp }
        const event = await client.patch(events, { namespace, name }, { type: 'merge', patch })
        remember(remembered, key, { event, lastMs: now.getTime() })
        return
      } catch (error) {
        // Events expire on the server; a new one follows below.
        if (!(error instanceof StatusError && error.code === 'NotFound')) throw error
      }
    }
    const event = await client.create(events, newEvent(about, { type, reason, message, timestamp }))
    remember(remembered, key, { event, lastMs: now.getTime() })
  }

  function newEvent(
    about: KubeObject,
    fields: { type: 'Normal' | 'Warning'; reason: string; message: string; timestamp: string },
  ): EventObject {
    serial = (serial + 1) & 0xffff
    const suffix = `${clock.now().getTime().toString(16)}${serial.toString(16).padStart(4, '0')}`
    const { type, reason, message, timestamp } = fields
    return {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: {
        name: `${(about.metadata.name ?? 'unknown').slice(0, 230)}.${suffix}`,
        namespace: about.metadata.namespace ?? 'default',
      },
      involvedObject: referenceTo(about),
      type,
      reason,
      message,
      count: 1,
      firstTimestamp: timestamp,
      lastTimestamp: timestamp,
      source: host === undefined ? { component } : { component, host },
      reportingComponent: component,
      reportingInstance: host ?? '',
    }
  }

  return {
    record(about, { type, reason, message }) {
      const nowMs = clock.now().getTime()
      if (waiting >= maxWaiting || !allowed(about.metadata.uid ?? about.metadata.name ?? '', nowMs)) {
        logger.debug({ about: about.metadata.name, reason, message }, 'event dropped: too many')
        return
      }
      waiting += 1
      tail = tail
        .then(() => write(about, type, reason, message.slice(0, maxMessage)))
        .catch((error: unknown) => {
          logger.warn({ about: about.metadata.name, reason, message, error: messageOf(error) }, 'event not recorded')
        })
        .finally(() => {
          waiting -= 1
        })
    },
    flush: () => tail,
  }
}

/** A reference to an object as events and owners carry it. */
export function referenceTo(object: KubeObject): ObjectReference {
  const { apiVersion, kind, metadata } = object
  const reference: ObjectReference = { apiVersion, kind }
  if (metadata.namespace !== undefined) reference.namespace = metadata.namespace
  if (metadata.name !== undefined) reference.name = metadata.name
  if (metadata.uid !== undefined) reference.uid = metadata.uid
  if (metadata.resourceVersion !== undefined) reference.resourceVersion = metadata.resourceVersion
  return reference
}

/** Sets the key as the newest, and forgets the oldest past the limit. */
function remember<V>(map: Map<string, V>, key: string, value: V): void {
  map.delete(key)
  map.set(key, value)
  const [oldest] = map.keys()
  if (map.size > maxRemembered && oldest !== undefined) map.delete(oldest)
}
