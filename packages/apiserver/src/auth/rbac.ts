/**
 * Role-based access control: who may do what, from the roles and bindings in the store. It watches them, so a change counts
 * from the moment it is durable. Bindings are indexed by subject: a check looks only at the caller's own rules.
 */

import type { JsonObject } from '@berth/meta'
import type { Store, StoreEvent, WatchHandle } from '../storage/store.ts'
import { groups } from './names.ts'
import { bindingOf, rbacGroup, subjectKeys, type Binding, type RoleRef } from './rbac/binding.ts'
import { matchesPath, matchesResource, rulesOf, type PolicyRule } from './rbac/rule.ts'
import type { Attributes, Authorizer, Decision, UserInfo } from './user.ts'

interface Grant {
  binding: Binding
  subject: string
}

export const rbacCollections = {
  roles: `${rbacGroup}/roles`,
  clusterRoles: `${rbacGroup}/clusterroles`,
  roleBindings: `${rbacGroup}/rolebindings`,
  clusterRoleBindings: `${rbacGroup}/clusterrolebindings`,
} as const

export class RbacAuthorizer implements Authorizer {
  /** By store key: `namespace/name` of roles, `name` of cluster roles; the two cannot be confused. */
  readonly #rules = new Map<string, PolicyRule[]>()
  /** By collection and store key. */
  readonly #bindings = new Map<string, Binding>()
  /** Subject to namespace (undefined for the whole cluster) to bindings. */
  readonly #bySubject = new Map<string, Map<string | undefined, Set<Binding>>>()
  readonly #watches: WatchHandle[] = []

  constructor(store: Pick<Store, 'list' | 'watch'>) {
    const { roles, clusterRoles, roleBindings, clusterRoleBindings } = rbacCollections
    for (const collection of [roles, clusterRoles]) {
      this.#follow(store, collection, (key, object) => {
        if (object === undefined) this.#rules.delete(key)
        else this.#rules.set(key, rulesOf(object))
      })
    }
    for (const collection of [roleBindings, clusterRoleBindings]) {
      this.#follow(store, collection, (key, object) => this.#setBinding(`${collection}/${key}`, object))
    }
  }

  authorize(attributes: Attributes): Decision {
    const { user } = attributes
    if (user.groups.includes(groups.masters)) return { allowed: true, reason: '' }
    const namespace = attributes.kind === 'resource' ? attributes.namespace : undefined
    const missing = new Set<string>()
    for (const grant of this.#grants(user, namespace)) {
      const rules = this.#rulesOf(grant.binding)
      if (rules === undefined) missing.add(missingRole(grant.binding.roleRef))
      else if (rules.some((rule) => allows(rule, attributes))) return { allowed: true, reason: explain(grant) }
    }
    if (missing.size === 0) return { allowed: false, reason: '' }
    const names = [...missing].join(', ')
    return { allowed: false, reason: `RBAC: ${missing.size === 1 ? names : `[${names}]`}` }
  }

  /** Everything a user may do in a namespace (with what holds in all), or cluster-wide when it is undefined. */
  rulesFor(user: UserInfo, namespace: string | undefined): PolicyRule[] {
    return [...this.#grants(user, namespace)].flatMap(({ binding }) => this.#rulesOf(binding) ?? [])
  }

  /** Undefined when there is no such role. */
  rulesOfRole(reference: RoleRef, namespace: string | undefined): PolicyRule[] | undefined {
    return this.#rules.get(reference.kind === 'Role' ? `${namespace ?? ''}/${reference.name}` : reference.name)
  }

  close(): void {
    for (const watch of this.#watches) watch.close()
  }

  #rulesOf(binding: Binding): PolicyRule[] | undefined {
    return this.rulesOfRole(binding.roleRef, binding.namespace)
  }

  *#grants(user: UserInfo, namespace: string | undefined): Generator<Grant> {
    for (const subject of subjectKeys(user)) {
      const byNamespace = this.#bySubject.get(subject)
      for (const binding of byNamespace?.get(undefined) ?? []) yield { binding, subject }
      if (namespace === undefined) continue
      for (const binding of byNamespace?.get(namespace) ?? []) yield { binding, subject }
    }
  }

  #setBinding(id: string, object: JsonObject | undefined): void {
    const old = this.#bindings.get(id)
    if (old !== undefined) {
      this.#bindings.delete(id)
      for (const subject of old.subjects) {
        const byNamespace = this.#bySubject.get(subject)
        const set = byNamespace?.get(old.namespace)
        set?.delete(old)
        if (set?.size === 0) byNamespace?.delete(old.namespace)
        if (byNamespace?.size === 0) this.#bySubject.delete(subject)
      }
    }
    if (object === undefined) return
    const binding = bindingOf(object)
    this.#bindings.set(id, binding)
    for (const subject of binding.subjects) {
      let byNamespace = this.#bySubject.get(subject)
      if (byNamespace === undefined) this.#bySubject.set(subject, (byNamespace = new Map()))
      let set = byNamespace.get(binding.namespace)
      if (set === undefined) byNamespace.set(binding.namespace, (set = new Set()))
      set.add(binding)
    }
  }

  #follow(
    store: Pick<Store, 'list' | 'watch'>,
    collection: string,
    apply: (key: string, object: JsonObject | undefined) => void,
  ): void {
    const { items, revision } = store.list(collection)
    for (const { key, value } of items) apply(key, parse(value))
    const sink = ({ type, key, value }: StoreEvent): void => apply(key, type === 'put' ? parse(value) : undefined)
    this.#watches.push(store.watch(collection, { from: revision }, sink))
  }
}

function allows(rule: PolicyRule, attributes: Attributes): boolean {
  return attributes.kind === 'path'
    ? matchesPath(rule, attributes.verb, attributes.path)
    : matchesResource(rule, attributes)
}

function missingRole({ kind, name }: RoleRef): string {
  return `${kind.toLowerCase()}.${rbacGroup} ${JSON.stringify(name)} not found`
}

/** In kube-apiserver's words. */
function explain({ binding, subject }: Grant): string {
  const kind = binding.namespace === undefined ? 'ClusterRoleBinding' : 'RoleBinding'
  const name = binding.namespace === undefined ? binding.name : `${binding.name}/${binding.namespace}`
  const space = subject.indexOf(' ')
  const who = `${subject.slice(0, space)} ${JSON.stringify(subject.slice(space + 1))}`
  return `RBAC: allowed by ${kind} "${name}" of ${binding.roleRef.kind} "${binding.roleRef.name}" to ${who}`
}

function parse(value: Buffer): JsonObject {
  // The store holds only objects the server encoded.
  return JSON.parse(value.toString('utf8')) as JsonObject
}
