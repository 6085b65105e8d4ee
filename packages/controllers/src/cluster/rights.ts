/** Who may do what on a cluster: the controllers what their definitions ask for, people Berth's kinds as their role is. */

import { berthGroup, berthResources } from '@berth/api'
import type { JsonObject, KubeObject } from '@berth/meta'
import { controllers } from '../table.ts'
import { managedBy } from './definitions.ts'

const rbac = 'rbac.authorization.k8s.io'
const name = 'berth-controllers'
const read = ['get', 'list', 'watch']
const write = [...read, 'create', 'update', 'patch', 'delete']

type Manifest = KubeObject & JsonObject

/** A service account for the controllers with exactly their rights, and roles that join the cluster's admin, edit and view. */
export function clusterRights(namespace: string): Manifest[] {
  const resources = Object.values(berthResources).map(({ resource }) => resource)
  const aggregated = (to: string, verbs: string[]): Manifest => ({
    apiVersion: `${rbac}/v1`,
    kind: 'ClusterRole',
    metadata: { name: `berth.dev:${to}`, labels: { ...managedBy, [`${rbac}/aggregate-to-${to}`]: 'true' } },
    rules: [{ apiGroups: [berthGroup], resources, verbs }],
  })
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels: managedBy } },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace, labels: managedBy } },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRole',
      metadata: { name, labels: managedBy },
      rules: controllers.flatMap(({ rights }) =>
        rights.map(({ apiGroups, resources: of, verbs }) => ({
          apiGroups: [...apiGroups],
          resources: [...of],
          verbs: [...verbs],
        })),
      ),
    },
    binding({ kind: 'ClusterRoleBinding', role: 'ClusterRole', account: namespace }),
    {
      apiVersion: `${rbac}/v1`,
      kind: 'Role',
      metadata: { name, namespace, labels: managedBy },
      rules: [{ apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['get', 'create', 'update'] }],
    },
    binding({ kind: 'RoleBinding', role: 'Role', account: namespace, namespace }),
    aggregated('admin', [...write, 'deletecollection']),
    aggregated('edit', write),
    aggregated('view', read),
  ]
}

function binding(of: { kind: string; role: string; account: string; namespace?: string }): Manifest {
  return {
    apiVersion: `${rbac}/v1`,
    kind: of.kind,
    metadata: { name, labels: managedBy, ...(of.namespace === undefined ? {} : { namespace: of.namespace }) },
    subjects: [{ kind: 'ServiceAccount', name, namespace: of.account }],
    roleRef: { apiGroup: rbac, kind: of.role, name },
  }
}
