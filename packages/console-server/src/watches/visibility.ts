/** Where one person may list a kind: asked as them, namespace by namespace where they may not everywhere, and asked again and again. */

import type { Clock } from '@berth/base'
import { StatusError, type KubeObject, type Resource } from '@berth/meta'
import type { Cluster, Identity } from '../clusters/cluster.ts'
import type { Rights } from './contract.ts'
import { createEmitter } from './emitter.ts'

const recheckMs = 10_000
/** A cluster that did not answer is asked again after this long. */
const retryMs = 2_000
/** Namespaces that were refused are asked for again every so many rounds: there can be a thousand of them. */
const roundsPerRefused = 3
/** More than a cluster has; names of namespaces come from browsers, too. */
const maxNamespaces = 20_000
/** Questions at once, per kind and person. */
const parallel = 8

export interface VisibilitySource {
  readonly everywhere: boolean
  readonly known: boolean
  allows(namespace: string | undefined): boolean
  knows(namespace: string | undefined): boolean
  onChange(listener: () => void): () => void
  stop(): void
}

export function watchVisibility(options: {
  cluster: Cluster
  identity: Identity
  resource: Resource<KubeObject>
  verb: string
  name?: string | undefined
  rights: Rights
  clock: Clock
}): VisibilitySource {
  const { cluster, identity, resource, verb, name, rights, clock } = options
  const changes = createEmitter<[]>()
  const namespaces = new Map<string, boolean | undefined>()
  /** Namespaces that wait for their first answer. */
  let asked = new Set<string>()
  let everywhere: boolean | undefined
  let round = 0
  let checkedMs = 0
  let stopped = false
  let busy = false
  let cancelNext = (): void => {}

  /** Credentials that are no longer taken, and people who may not even ask, may do nothing. */
  async function question(namespace: string | undefined): Promise<boolean> {
    try {
      return await rights.may(cluster, identity, {
        verb,
        group: resource.group,
        resource: resource.resource,
        ...(namespace === undefined ? {} : { namespace }),
        // Right to one object is a right in its namespace, or of a kind that has none.
        ...(name === undefined || (namespace === undefined && resource.namespaced) ? {} : { name }),
      })
    } catch (error) {
      if (error instanceof StatusError && (error.httpCode === 401 || error.httpCode === 403)) return false
      throw error
    }
  }

  async function ask(wanted: readonly string[]): Promise<void> {
    let changed = false
    const queue = wanted.values()
    const work = async (): Promise<void> => {
      for (const next of queue) {
        if (stopped) return
        const allowed = await question(next)
        changed ||= namespaces.get(next) !== allowed
        namespaces.set(next, allowed)
      }
    }
    const outcomes = await Promise.allSettled(Array.from({ length: Math.min(parallel, wanted.length) }, work))
    if (changed && !stopped) changes.emit()
    const failed = outcomes.find((outcome) => outcome.status === 'rejected')
    if (failed !== undefined) throw failed.reason
  }

  async function check(): Promise<void> {
    const before = everywhere
    everywhere = await question(undefined)
    if (before !== everywhere && !stopped) changes.emit()
    if (everywhere) return
    const due = [...namespaces].filter(([, allowed]) => allowed !== false || round % roundsPerRefused === 0)
    asked = new Set()
    await ask(due.map(([namespace]) => namespace))
    round += 1
  }

  /** One at a time; what failed is tried again, and what was known stays until it is answered. */
  async function run(work: () => Promise<void>): Promise<void> {
    if (busy || stopped) return
    busy = true
    cancelNext()
    let answered = true
    try {
      await work()
      if (work === check) checkedMs = clock.now().getTime()
    } catch {
      // The watch of the same cluster tells people that it does not answer.
      answered = false
    } finally {
      busy = false
    }
    if (stopped) return
    if (answered && asked.size > 0) return void run(askNew)
    // New namespaces, however many, never put the next round off.
    const dueMs = answered ? Math.max(0, checkedMs + recheckMs - clock.now().getTime()) : retryMs
    cancelNext = clock.after(dueMs, () => void run(check))
  }

  async function askNew(): Promise<void> {
    const wanted = [...asked]
    asked = new Set()
    if (everywhere !== true) await ask(wanted)
  }

  function allows(namespace: string | undefined): boolean {
    if (everywhere === true || namespace === undefined) return everywhere === true
    const known = namespaces.get(namespace)
    if (known === undefined && !namespaces.has(namespace) && namespaces.size < maxNamespaces) {
      namespaces.set(namespace, undefined)
      asked.add(namespace)
      if (everywhere !== undefined) void run(askNew)
    }
    return known === true
  }

  void run(check)
  return {
    get everywhere() {
      return everywhere === true
    },
    get known() {
      return everywhere !== undefined
    },
    allows,
    knows: (namespace) =>
      allows(namespace) ||
      (everywhere !== undefined && (namespace === undefined || namespaces.get(namespace) !== undefined)),
    onChange: (listener) => changes.on(listener),
    stop() {
      stopped = true
      cancelNext()
    },
  }
}
