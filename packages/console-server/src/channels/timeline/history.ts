/**
 * Changes of machines that this server saw happen, kept in memory: what the API itself keeps no record of. Bounded for each machine and
 * in all; whoever may not read the machine is shown nothing of it (the channel asks).
 */

import { isJsonObject, type ObjectMeta } from '@berth/meta'
import { messageOf, silentLogger, type Clock, type Logger } from '@berth/base'
import type { VirtualMachine } from '@berth/api'
import { changesBetween, writtenPart, type TimelineEntry } from '@berth/view'
import type { Part } from '../../parts.ts'
import { shownChanges } from './masked.ts'

export interface History {
  /**
   * Told of every change of a machine; the same change may be told more than once.
   * @param seen.whole reads the machine with its managedFields, which watches leave out; asked once for each change of the manifest
   */
  saw(seen: {
    cluster: string
    current: Readonly<VirtualMachine> | undefined
    previous: Readonly<VirtualMachine> | undefined
    whole: () => Promise<VirtualMachine>
  }): void
  /** Something was added, or is known better. */
  onChange(listener: () => void): () => void
  of(cluster: string, machine: Readonly<VirtualMachine>): readonly TimelineEntry[]
}

const perMachine = 100
const maxMachines = 2000

/** Which states call for somebody. */
const warnings: ReadonlySet<string> = new Set([
  'CrashLoopBackOff',
  'ErrorUnschedulable',
  'ErrImagePull',
  'ImagePullBackOff',
  'ErrorPvcNotFound',
  'DataVolumeError',
  'Unknown',
])

export function createHistory(clock: Clock, logger: Logger = silentLogger): History {
  /** In the order of their last change, so that the first is the one to forget. */
  const machines = new Map<string, TimelineEntry[]>()

  const listeners = new Set<() => void>()

  /** False for one that is there. */
  function add(key: string, entry: TimelineEntry): boolean {
    const entries = machines.get(key) ?? []
    if (entries.some(({ id }) => id === entry.id)) return false
    machines.delete(key)
    machines.set(key, [...entries, entry].slice(-perMachine))
    const [oldest] = machines.keys()
    if (machines.size > maxMachines && oldest !== undefined) machines.delete(oldest)
    tell()
    return true
  }

  function tell(): void {
    for (const listener of listeners) listener()
  }

  async function nameWriter(entry: TimelineEntry, whole: () => Promise<VirtualMachine>): Promise<void> {
    try {
      const who = lastWriter((await whole()).metadata)
      if (who === undefined) return
      entry.who = who
      tell()
    } catch (error) {
      // It may be gone, or the cluster: the change stands without a name.
      logger.debug({ error: messageOf(error) }, 'who changed a machine could not be read')
    }
  }

  return {
    saw({ cluster, current, previous, whole }) {
      if (current === undefined || previous === undefined || current.metadata.uid !== previous.metadata.uid) return
      const key = keyOf(cluster, current.metadata)
      const time = clock.now().toISOString()
      const status = current.status?.printableStatus
      const before = previous.status?.printableStatus
      const { uid = '', resourceVersion = '' } = current.metadata
      if (status !== undefined && status !== before) {
        const tone = warnings.has(status) ? 'warning' : 'normal'
        const message = before === undefined ? '' : `${before} → ${status}`
        add(key, { id: `state/${uid}/${resourceVersion}`, time, kind: 'state', tone, title: status, message })
      }
      const changes = changesBetween(writtenPart(previous), writtenPart(current))
      if (changes.length === 0) return
      const entry: TimelineEntry = {
        id: `change/${uid}/${resourceVersion}`,
        time,
        kind: 'change',
        tone: 'normal',
        title: 'Changed',
        message: '',
        changes: shownChanges(changes),
      }
      if (add(key, entry)) void nameWriter(entry, whole)
    },
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    of: (cluster, { metadata }) => machines.get(keyOf(cluster, metadata)) ?? [],
  }
}

function keyOf(cluster: string, { uid, namespace = '', name = '' }: ObjectMeta): string {
  return JSON.stringify([cluster, namespace, name, uid])
}

/** The program that wrote the spec last, as the server noted it. */
function lastWriter({ managedFields = [] }: ObjectMeta): string | undefined {
  const writers = managedFields.flatMap((entry) => {
    const { manager, time, subresource } = isJsonObject(entry) ? entry : {}
    return typeof manager === 'string' && typeof time === 'string' && subresource === undefined
      ? [{ manager, time }]
      : []
  })
  return writers.sort((left, right) => left.time.localeCompare(right.time)).at(-1)?.manager
}

/** `context.part(history)` */
export const history: Part<History> = { name: 'history', create: ({ clock, logger }) => createHistory(clock, logger) }
