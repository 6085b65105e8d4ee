/** Puts the default roles and bindings into a store that lacks them. */

import { formatTime, type JsonObject, type KubeObject } from '@berth/meta'
import type { Clock } from '@berth/base'
import { encodeObject } from '../rest/stored-form.ts'
import type { Store, Write } from '../storage/store.ts'
import { defaultClusterRoleBindings, defaultClusterRoles } from './bootstrap-policy.ts'
import { rbacCollections } from './rbac.ts'
import { rbacGroup } from './rbac/binding.ts'

const apiVersion = `${rbacGroup}/v1`

export interface BootstrapOptions {
  store: Store
  clock: Pick<Clock, 'now'>
  /** A version 4 UUID. */
  uuid(): string
}

/** Creates what is missing in one transaction and leaves alone what is there: an administrator may have changed it. */
export async function ensureBootstrapPolicy(options: BootstrapOptions): Promise<void> {
  const { store } = options
  const roles = defaultClusterRoles.map(({ name, labels = {}, rules = [], gathers }) => {
    const aggregation: JsonObject =
      gathers === undefined
        ? {}
        : { aggregationRule: { clusterRoleSelectors: [{ matchLabels: { [gathers]: 'true' } }] } }
    return object(options, { kind: 'ClusterRole', name, labels, content: { ...aggregation, rules } })
  })
  const bindings = defaultClusterRoleBindings.map(({ name, role, groups }) => {
    const subjects = groups.map((group) => ({ apiGroup: rbacGroup, kind: 'Group', name: group }))
    const roleRef = { apiGroup: rbacGroup, kind: 'ClusterRole', name: role }
    return object(options, { kind: 'ClusterRoleBinding', name, labels: {}, content: { roleRef, subjects } })
  })
  await store.write([
    ...roles.flatMap((role) => createIfMissing(store, rbacCollections.clusterRoles, role)),
    ...bindings.flatMap((binding) => createIfMissing(store, rbacCollections.clusterRoleBindings, binding)),
  ])
}

function object(
  options: BootstrapOptions,
  made: { kind: string; name: string; labels: Record<string, string>; content: JsonObject },
): KubeObject & JsonObject {
  const metadata = {
    name: made.name,
    uid: options.uuid(),
    creationTimestamp: formatTime(options.clock.now()),
    labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults', ...made.labels },
    annotations: { 'rbac.authorization.kubernetes.io/autoupdate': 'true' },
  }
  return { apiVersion, kind: made.kind, metadata, ...made.content }
}

function createIfMissing(store: Store, collection: string, made: KubeObject & JsonObject): Write[] {
  const key = made.metadata.name ?? ''
  if (store.get(collection, key) !== undefined) return []
  return [{ op: 'put', collection, key, expect: null, encode: (revision) => encodeObject(made, revision) }]
}
