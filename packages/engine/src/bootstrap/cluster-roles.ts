/** KubeVirt's and CDI's default roles, aggregated into admin, edit and view. */

import { type KubeObject, resource } from '@berth/meta'

export interface PolicyRule {
  apiGroups?: string[]
  resources?: string[]
  resourceNames?: string[]
  verbs: string[]
}

export interface ClusterRole extends KubeObject {
  rules: PolicyRule[]
}

export interface Binding extends KubeObject {
  subjects: { kind: string; name: string; apiGroup: string }[]
  roleRef: { apiGroup: string; kind: string; name: string }
}

const rbac = 'rbac.authorization.k8s.io'
export const clusterRoles = resource<ClusterRole>({
  apiVersion: `${rbac}/v1`,
  resource: 'clusterroles',
  kind: 'ClusterRole',
  namespaced: false,
})
export const clusterRoleBindings = resource<Binding>({
  apiVersion: `${rbac}/v1`,
  resource: 'clusterrolebindings',
  kind: 'ClusterRoleBinding',
  namespaced: false,
})
export const roleBindings = resource<Binding>({
  apiVersion: `${rbac}/v1`,
  resource: 'rolebindings',
  kind: 'RoleBinding',
  namespaced: true,
})

const all = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection']
const edit = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete']
const read = ['get', 'list', 'watch']

const changes = [
  'virtualmachines/start',
  'virtualmachines/stop',
  'virtualmachines/restart',
  'virtualmachineinstances/pause',
  'virtualmachineinstances/unpause',
  'virtualmachineinstances/reset',
  'virtualmachineinstances/softreboot',
  'virtualmachineinstances/freeze',
  'virtualmachineinstances/unfreeze',
  'virtualmachineinstances/evacuate/cancel',
  'virtualmachines/evacuate/cancel',
]
const looks = [
  'virtualmachineinstances/guestosinfo',
  'virtualmachineinstances/filesystemlist',
  'virtualmachineinstances/userlist',
]
const screens = [
  'virtualmachineinstances/console',
  'virtualmachineinstances/vnc',
  'virtualmachineinstances/vnc/screenshot',
  'virtualmachineinstances/portforward',
  'virtualmachines/portforward',
]

const kubevirtKinds = ['virtualmachines', 'virtualmachineinstances']
const cdiKinds = ['datavolumes', 'datasources']

function role(name: string, aggregateTo: string | undefined, rules: PolicyRule[]): ClusterRole {
  return {
    apiVersion: `${rbac}/v1`,
    kind: 'ClusterRole',
    metadata: {
      name,
      labels: {
        'app.kubernetes.io/managed-by': 'berth',
        ...(aggregateTo === undefined ? {} : { [`${rbac}/aggregate-to-${aggregateTo}`]: 'true' }),
      },
    },
    rules,
  }
}

const writer = (verbs: string[]): PolicyRule[] => [
  { apiGroups: ['subresources.kubevirt.io'], resources: [...looks, ...screens], verbs: ['get'] },
  { apiGroups: ['subresources.kubevirt.io'], resources: changes, verbs: ['update'] },
  { apiGroups: ['subresources.kubevirt.io'], resources: ['virtualmachines/expand-spec'], verbs: ['get'] },
  { apiGroups: ['kubevirt.io'], resources: kubevirtKinds, verbs },
]

export const defaultClusterRoles: readonly ClusterRole[] = [
  role('kubevirt.io:admin', 'admin', writer(all)),
  role('kubevirt.io:edit', 'edit', writer(edit)),
  role('kubevirt.io:view', 'view', [
    { apiGroups: ['subresources.kubevirt.io'], resources: [...looks, 'virtualmachines/expand-spec'], verbs: ['get'] },
    { apiGroups: ['kubevirt.io'], resources: kubevirtKinds, verbs: read },
  ]),
  role('kubevirt.io:migrate', undefined, [
    { apiGroups: ['subresources.kubevirt.io'], resources: ['virtualmachines/migrate'], verbs: ['update'] },
    { apiGroups: ['kubevirt.io'], resources: ['virtualmachineinstancemigrations'], verbs: all },
  ]),
  role('kubevirt.io:default', undefined, [
    { apiGroups: ['kubevirt.io'], resources: ['kubevirts'], verbs: ['get', 'list'] },
    { apiGroups: ['subresources.kubevirt.io'], resources: ['version', 'guestfs'], verbs: ['get', 'list'] },
  ]),
  role('cdi.kubevirt.io:admin', 'admin', [{ apiGroups: ['cdi.kubevirt.io'], resources: cdiKinds, verbs: all }]),
  role('cdi.kubevirt.io:edit', 'edit', [{ apiGroups: ['cdi.kubevirt.io'], resources: cdiKinds, verbs: edit }]),
  role('cdi.kubevirt.io:view', 'view', [{ apiGroups: ['cdi.kubevirt.io'], resources: cdiKinds, verbs: read }]),
  role('cdi.kubevirt.io:config-reader', undefined, [
    { apiGroups: ['cdi.kubevirt.io'], resources: ['cdiconfigs', 'storageprofiles'], verbs: read },
    { apiGroups: ['storage.k8s.io'], resources: ['storageclasses'], verbs: read },
  ]),
]

const signedIn = [{ kind: 'Group', name: 'system:authenticated', apiGroup: rbac }]

function bindingTo(name: string, kind: 'ClusterRoleBinding' | 'RoleBinding', namespace?: string): Binding {
  return {
    apiVersion: `${rbac}/v1`,
    kind,
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      labels: { 'app.kubernetes.io/managed-by': 'berth' },
    },
    subjects: signedIn,
    roleRef: { apiGroup: rbac, kind: 'ClusterRole', name },
  }
}

export const defaultClusterRoleBindings: readonly Binding[] = [
  bindingTo('kubevirt.io:default', 'ClusterRoleBinding'),
  bindingTo('cdi.kubevirt.io:config-reader', 'ClusterRoleBinding'),
]

/** Everyone signed in sees and uses the host's images. */
export function imageBinding(namespace: string): Binding {
  return bindingTo('cdi.kubevirt.io:view', 'RoleBinding', namespace)
}
