/**
 * What the console may do: act as people, in exactly three groups, and read what many people look at, once for all of them (it checks each
 * one's own rights before they see a row). And what the three groups may do, which is what a console's user gets and nothing besides.
 */

import { consoleGroup } from '../host/admin-kubeconfig.ts'
import { ownLabels } from './cluster-roles.ts'
import { rbac, type Binding, type ClusterRole, type PolicyRule } from './rbac-kinds.ts'

/** Groups of a console's local users; console-server knows the same names. */
export const consoleUserGroups = {
  administrators: 'berth:administrators',
  operators: 'berth:operators',
  viewers: 'berth:viewers',
} as const

const read = ['get', 'list', 'watch']
const reads = (group: string, resources: string[]): PolicyRule => ({ apiGroups: [group], resources, verbs: read })

/** Without Secrets: what nobody's list shows, nobody needs to watch for them. */
const watched: PolicyRule[] = [
  reads('kubevirt.io', [
    'virtualmachines',
    'virtualmachineinstances',
    'virtualmachineinstancemigrations',
    'virtualmachineinstancereplicasets',
    'kubevirts',
  ]),
  reads('pool.kubevirt.io', ['virtualmachinepools']),
  reads('instancetype.kubevirt.io', [
    'virtualmachineinstancetypes',
    'virtualmachineclusterinstancetypes',
    'virtualmachinepreferences',
    'virtualmachineclusterpreferences',
  ]),
  reads('snapshot.kubevirt.io', [
    'virtualmachinesnapshots',
    'virtualmachinesnapshotcontents',
    'virtualmachinerestores',
  ]),
  reads('snapshot.storage.k8s.io', ['volumesnapshots', 'volumesnapshotclasses']),
  reads('template.kubevirt.io', ['virtualmachinetemplates', 'virtualmachinetemplaterequests']),
  reads('berth.dev', ['snapshotpolicies', 'imagebuilds']),
  reads('cdi.kubevirt.io', ['datavolumes', 'datasources', 'dataimportcrons', 'storageprofiles', 'cdiconfigs']),
  reads('', [
    'persistentvolumeclaims',
    'persistentvolumes',
    'pods',
    'nodes',
    'events',
    'namespaces',
    'services',
    'resourcequotas',
    'limitranges',
  ]),
  reads('events.k8s.io', ['events']),
  reads('apps', ['deployments', 'replicasets', 'statefulsets', 'daemonsets', 'controllerrevisions']),
  reads('storage.k8s.io', ['storageclasses', 'csistoragecapacities']),
  reads('k8s.cni.cncf.io', ['network-attachment-definitions']),
  { nonResourceURLs: ['/metrics'], verbs: ['get'] },
]

/** What everybody who uses a console sees beside what is in a namespace: hosts, storage, namespaces. */
const surroundings: PolicyRule[] = [
  reads('', ['nodes', 'namespaces', 'persistentvolumes']),
  reads('storage.k8s.io', ['storageclasses', 'csistoragecapacities']),
  reads('snapshot.storage.k8s.io', ['volumesnapshotclasses']),
  reads('cdi.kubevirt.io', ['storageprofiles']),
  reads('template.kubevirt.io', ['virtualmachinetemplates']),
]

function role(name: string, rules: PolicyRule[]): ClusterRole {
  return { apiVersion: `${rbac}/v1`, kind: 'ClusterRole', metadata: { name, labels: { ...ownLabels } }, rules }
}

export const consoleRoles: readonly ClusterRole[] = [
  role('berth:console', [
    { apiGroups: [''], resources: ['users'], verbs: ['impersonate'] },
    {
      apiGroups: [''],
      resources: ['groups'],
      verbs: ['impersonate'],
      resourceNames: Object.values(consoleUserGroups),
    },
    ...watched,
  ]),
  role('berth:surroundings', surroundings),
]

function binding(group: string, clusterRole: string): Binding {
  return {
    apiVersion: `${rbac}/v1`,
    kind: 'ClusterRoleBinding',
    metadata: { name: `${group}:${clusterRole}`, labels: { ...ownLabels } },
    subjects: [{ kind: 'Group', name: group, apiGroup: rbac }],
    roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: clusterRole },
  }
}

const { administrators, operators, viewers } = consoleUserGroups

export const consoleBindings: readonly Binding[] = [
  binding(consoleGroup, 'berth:console'),
  binding(administrators, 'cluster-admin'),
  binding(operators, 'edit'),
  binding(operators, 'kubevirt.io:migrate'),
  binding(operators, 'berth:surroundings'),
  binding(viewers, 'view'),
  binding(viewers, 'berth:surroundings'),
]
