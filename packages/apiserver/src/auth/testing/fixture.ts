/** Shared by this folder's tests: a clock that stands still until moved, objects put into a memory store, an RBAC authorizer. */

import type { JsonObject } from '@berth/meta'
import { createMemoryStore } from '@berth/store'
import type { RequestContext } from '../../resource/definition.ts'
import { encodeObject } from '../../rest/stored-form.ts'
import type { Store } from '../../storage/store.ts'
import { RbacAuthorizer } from '../rbac.ts'
import type { UserInfo } from '../user.ts'

export class FixedClock {
  #now = Date.parse('2026-03-01T12:00:00Z')

  now(): Date {
    return new Date(this.#now)
  }

  advance(seconds: number): void {
    this.#now += seconds * 1000
  }
}

export const secondsPerDay = 86_400

/** Stores an object the way the server does. */
export async function put(store: Store, collection: string, object: JsonObject): Promise<void> {
  const metadata = object['metadata'] as { name: string; namespace?: string }
  const key = metadata.namespace === undefined ? metadata.name : `${metadata.namespace}/${metadata.name}`
  const whole = { apiVersion: 'v1', kind: 'Test', ...object, metadata }
  await store.write([{ op: 'put', collection, key, encode: (revision) => encodeObject(whole, revision) }])
}

export async function remove(store: Store, collection: string, key: string): Promise<void> {
  await store.write([{ op: 'delete', collection, key, encode: () => Buffer.from('{}') }])
}

export function user(name: string, ...groups: string[]): UserInfo {
  return { name, groups }
}

export function contextOf(who: UserInfo, namespace?: string): RequestContext {
  return { user: who, namespace, dryRun: false, warn() {}, now: new Date(0) }
}

const rbac = 'rbac.authorization.k8s.io'

/** Roles and bindings in short: `grant(store, {role, rules, to})`. */
export async function grant(
  store: Store,
  options: { role: string; rules: JsonObject[]; to: JsonObject[]; namespace?: string },
): Promise<void> {
  const { role, rules, to, namespace } = options
  const metadata: JsonObject = namespace === undefined ? { name: role } : { name: role, namespace }
  const prefix = namespace === undefined ? 'cluster' : ''
  await put(store, `${rbac}/${prefix}roles`, { metadata, rules })
  const kind = namespace === undefined ? 'ClusterRole' : 'Role'
  const roleRef = { apiGroup: rbac, kind, name: role }
  await put(store, `${rbac}/${prefix}rolebindings`, { metadata, roleRef, subjects: to })
}

export const userSubject = (name: string): JsonObject => ({ kind: 'User', apiGroup: rbac, name })
export const groupSubject = (name: string): JsonObject => ({ kind: 'Group', apiGroup: rbac, name })

export function rule(verbs: string, resources: string, more: JsonObject = {}): JsonObject {
  return { apiGroups: [''], verbs: verbs.split(','), resources: resources.split(','), ...more }
}

export function openAuthorizer(): { store: Store; authorizer: RbacAuthorizer } {
  const store = createMemoryStore()
  return { store, authorizer: new RbacAuthorizer(store) }
}
