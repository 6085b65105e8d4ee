/** Nothing may be created in a namespace that is not there or on its way out (Kubernetes' NamespaceLifecycle admission). */

import { notFound, type StatusError } from '@berth/meta'
import { refusal } from '../server/attributes.ts'
import type { ResourceCall } from './call.ts'
import type { Store } from '../storage/store.ts'
import { decodeStored } from './stored-form.ts'

const namespaces = { group: '', resource: 'namespaces' }

/** Whether a namespace is on its way out, by its stored bytes, which never change: every creation in it asks. */
const ending = new WeakMap<Buffer, boolean>()

function isEnding(stored: Buffer): boolean {
  let answer = ending.get(stored)
  if (answer === undefined) {
    answer = decodeStored(stored).metadata.deletionTimestamp !== undefined
    ending.set(stored, answer)
  }
  return answer
}

/** @throws {StatusError} NotFound, Forbidden */
export function checkNamespace(call: ResourceCall, name: string): void {
  const { definition, namespace, services } = call
  if (!definition.namespaced || namespace === undefined) return
  // A server that serves no namespaces has none to check.
  if (services.registry.find('', 'v1', 'namespaces') === undefined) return
  const stored = services.store.get('core/namespaces', namespace)
  if (stored === undefined) throw notFound(namespaces, namespace)
  if (isEnding(stored.value)) throw terminating(call, name, namespace)
}

/** Creations that have passed the check and are not durable yet, by store and namespace. */
const creations = new WeakMap<Store, Map<string, Set<Promise<unknown>>>>()

/**
 * The last check of a creation and its write in one step: whoever sees a namespace end waits for these ({@link creationsSettled}).
 * @throws {StatusError} NotFound, Forbidden, and what `write` throws
 */
export async function createInNamespace<T>(call: ResourceCall, name: string, write: () => Promise<T>): Promise<T> {
  checkNamespace(call, name)
  const { namespace, services } = call
  const written = write()
  if (namespace === undefined) return written
  const all = creations.get(services.store) ?? new Map<string, Set<Promise<unknown>>>()
  creations.set(services.store, all)
  const running = all.get(namespace) ?? new Set()
  all.set(namespace, running)
  running.add(written)
  try {
    return await written
  } finally {
    running.delete(written)
    if (running.size === 0) all.delete(namespace)
  }
}

/**
 * Resolves when no creation is under way that was let into the namespace before it began to end. What is in it then is all that
 * there will ever be, as later creations are refused.
 */
export async function creationsSettled(store: Store, namespace: string): Promise<void> {
  const running = creations.get(store)?.get(namespace)
  // How they end does not matter here: their own clients are told.
  if (running !== undefined) await Promise.allSettled(running)
}

function terminating(call: ResourceCall, name: string, namespace: string): StatusError {
  const error = refusal(
    call.definition,
    name,
    `unable to create new content in namespace ${namespace} because it is being terminated`,
  )
  const cause = {
    reason: 'NamespaceTerminating',
    message: `namespace ${namespace} is being terminated`,
    field: 'metadata.namespace',
  }
  error.status.details = { ...error.status.details, causes: [cause] }
  return error
}
