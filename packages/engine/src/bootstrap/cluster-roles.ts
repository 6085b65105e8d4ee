/**
 * KubeVirt's and CDI's default roles, aggregated into admin, edit and view. They name every kind and subresource that KubeVirt's do, also
 * those that are not served yet: whoever may edit machines may edit what comes with them. Source: KubeVirt's own roles.
 */

import { imageBuildNamespace } from '@berth/api'
import { rbac, type Binding, type ClusterRole, type PolicyRule } from './rbac-kinds.ts'

const read = ['get', 'list', 'watch']
const edit = [...read, 'create', 'update', 'patch', 'delete']
const all = [...edit, 'deletecollection']

const ofInstances = (...names: string[]): string[] => names.map((name) => `virtualmachineinstances/${name}`)
const ofMachines = (...names: string[]): string[] => names.map((name) => `virtualmachines/${name}`)

/** Read what a guest says. */
const looks = [
  ...ofInstances(
    'guestosinfo',
    'filesystemlist',
    'userlist',
    'sev/fetchcertchain',
    'sev/querylaunchmeasurement',
    'objectgraph',
  ),
  ...ofMachines('objectgraph', 'expand-spec'),
]
/** Reach a guest. */
const screens = [...ofInstances('console', 'vnc', 'portforward', 'usbredir'), ...ofMachines('portforward')]
const changes = [
  ...ofInstances(
    'pause',
    'unpause',
    'addvolume',
    'removevolume',
    'freeze',
    'unfreeze',
    'softreboot',
    'reset',
    'sev/setupsession',
    'sev/injectlaunchsecret',
    'evacuate/cancel',
  ),
  ...ofMachines(
    'start',
    'stop',
    'restart',
    'addvolume',
    'removevolume',
    'memorydump',
    'removememorydump',
    'evacuate/cancel',
  ),
]

/** Kinds that who may edit machines may edit, by group. */
const kinds: Readonly<Record<string, string[]>> = {
  'kubevirt.io': [
    'virtualmachines',
    'virtualmachineinstances',
    'virtualmachineinstancepresets',
    'virtualmachineinstancereplicasets',
  ],
  'snapshot.kubevirt.io': ['virtualmachinesnapshots', 'virtualmachinesnapshotcontents', 'virtualmachinerestores'],
  'backup.kubevirt.io': ['virtualmachinebackups', 'virtualmachinebackuptrackers'],
  'export.kubevirt.io': ['virtualmachineexports'],
  'clone.kubevirt.io': ['virtualmachineclones'],
  'instancetype.kubevirt.io': [
    'virtualmachineinstancetypes',
    'virtualmachineclusterinstancetypes',
    'virtualmachinepreferences',
    'virtualmachineclusterpreferences',
  ],
  'pool.kubevirt.io': ['virtualmachinepools'],
}
const cdiKinds = ['datavolumes', 'datasources', 'dataimportcrons']
/** Whoever may make disks here may make them from the volumes that are here. */
const cloneSource: PolicyRule = { apiGroups: ['cdi.kubevirt.io'], resources: ['datavolumes/source'], verbs: ['create'] }

const uploads: PolicyRule = { apiGroups: ['upload.cdi.kubevirt.io'], resources: ['uploadtokenrequests'], verbs: ['*'] }

const subresources = 'subresources.kubevirt.io'
const rule = (group: string, resources: string[], verbs: string[]): PolicyRule => ({
  apiGroups: [group],
  resources,
  verbs,
})
const onKinds = (verbs: string[]): PolicyRule[] =>
  Object.entries(kinds).map(([group, resources]) => rule(group, resources, verbs))
/** Only who may migrate machines may make migrations. */
const migrationsToRead = [
  rule('kubevirt.io', ['virtualmachineinstancemigrations'], read),
  rule('migrations.kubevirt.io', ['migrationpolicies'], read),
]

const writer = (verbs: string[], more: string[] = []): PolicyRule[] => [
  rule(subresources, [...looks, ...screens, ...more], ['get']),
  rule(subresources, [...changes, 'expand-vm-spec'], ['update']),
  ...onKinds(verbs),
  ...migrationsToRead,
]

type Aggregate = 'admin' | 'edit' | 'view'

const templateGroup = 'template.kubevirt.io'
const templateKinds = ['virtualmachinetemplates', 'virtualmachinetemplaterequests']
const templateVerbs = { admin: all, edit, view: read } as const

/**
 * What the template project gives to admin, edit and view, and beside it the use of a template: processing shows no more than reading does,
 * creating makes nothing that the person may not make.
 */
const templateRules = (role: Aggregate): PolicyRule[] => {
  const using = role === 'view' ? ['process'] : ['process', 'create']
  return [
    rule(templateGroup, templateKinds, templateVerbs[role]),
    rule(
      templateGroup,
      templateKinds.map((kind) => `${kind}/status`),
      ['get'],
    ),
    rule(
      `subresources.${templateGroup}`,
      using.map((action) => `virtualmachinetemplates/${action}`),
      ['create'],
    ),
    ...(role === 'view' ? [] : [rule(templateGroup, ['virtualmachinetemplaterequests/source'], ['create'])]),
  ]
}

const berthKinds = ['snapshotpolicies', 'imagebuilds']

/** Kubernetes brings no roles for its snapshots; who may make claims may freeze them. */
const volumeSnapshots = 'snapshot.storage.k8s.io'

/** @param aggregated whether they are part of Kubernetes' admin, edit and view */
export function defaultClusterRoles(aggregated: boolean): ClusterRole[] {
  const role = (name: string, into: Aggregate | undefined, rules: PolicyRule[]): ClusterRole => ({
    apiVersion: `${rbac}/v1`,
    kind: 'ClusterRole',
    metadata: {
      name,
      labels: {
        ...ownLabels,
        ...(into === undefined || !aggregated ? {} : { [`${rbac}/aggregate-to-${into}`]: 'true' }),
      },
    },
    rules,
  })
  return [
    role('kubevirt.io:admin', 'admin', writer(all, ofInstances('vnc/screenshot'))),
    role('kubevirt.io:edit', 'edit', [...writer(edit), rule('kubevirt.io', ['kubevirts'], ['get', 'list'])]),
    role('kubevirt.io:view', 'view', [
      rule('kubevirt.io', ['kubevirts'], ['get', 'list']),
      rule(subresources, looks, ['get']),
      rule(subresources, ['expand-vm-spec'], ['update']),
      ...onKinds(read),
      ...migrationsToRead,
    ]),
    role('kubevirt.io:migrate', undefined, [
      rule(subresources, ofMachines('migrate'), ['update']),
      rule('kubevirt.io', ['virtualmachineinstancemigrations'], all),
    ]),
    role('kubevirt.io:default', undefined, [
      rule('kubevirt.io', ['kubevirts'], ['get', 'list']),
      rule(subresources, ['version', 'guestfs'], ['get', 'list']),
    ]),
    role('instancetype.kubevirt.io:view', undefined, [
      rule(
        'instancetype.kubevirt.io',
        ['virtualmachineclusterinstancetypes', 'virtualmachineclusterpreferences'],
        read,
      ),
    ]),
    role('cdi.kubevirt.io:admin', 'admin', [rule('cdi.kubevirt.io', cdiKinds, all), cloneSource, uploads]),
    role('cdi.kubevirt.io:edit', 'edit', [rule('cdi.kubevirt.io', cdiKinds, edit), cloneSource, uploads]),
    role('cdi.kubevirt.io:view', 'view', [rule('cdi.kubevirt.io', cdiKinds, read)]),
    role('template.kubevirt.io:admin', 'admin', templateRules('admin')),
    role('template.kubevirt.io:edit', 'edit', templateRules('edit')),
    role('template.kubevirt.io:view', 'view', templateRules('view')),
    role('snapshot.storage.k8s.io:admin', 'admin', [rule(volumeSnapshots, ['volumesnapshots'], all)]),
    role('snapshot.storage.k8s.io:edit', 'edit', [rule(volumeSnapshots, ['volumesnapshots'], edit)]),
    role('snapshot.storage.k8s.io:view', 'view', [rule(volumeSnapshots, ['volumesnapshots'], read)]),
    role('berth.dev:admin', 'admin', [rule('berth.dev', berthKinds, all)]),
    role('berth.dev:edit', 'edit', [rule('berth.dev', berthKinds, edit)]),
    role('berth.dev:view', 'view', [rule('berth.dev', berthKinds, read)]),
    role('berth.dev:image-user', undefined, [cloneSource]),
    role('berth.dev:image-publisher', undefined, [rule('cdi.kubevirt.io', cdiKinds, ['create', 'get', 'list'])]),
    role('cdi.kubevirt.io:config-reader', undefined, [
      rule('cdi.kubevirt.io', ['cdiconfigs', 'storageprofiles'], read),
      rule('storage.k8s.io', ['storageclasses'], read),
      rule(volumeSnapshots, ['volumesnapshotclasses'], read),
    ]),
  ]
}

/** On what the engine made, and may change again. */
export const ownLabels = { 'app.kubernetes.io/managed-by': 'berth' }

const signedIn = [{ kind: 'Group', name: 'system:authenticated', apiGroup: rbac }]

function bindingTo(name: string, kind: 'ClusterRoleBinding' | 'RoleBinding', namespace?: string): Binding {
  return {
    apiVersion: `${rbac}/v1`,
    kind,
    metadata: { name, ...(namespace === undefined ? {} : { namespace }), labels: ownLabels },
    subjects: signedIn,
    roleRef: { apiGroup: rbac, kind: 'ClusterRole', name },
  }
}

export const defaultClusterRoleBindings: readonly Binding[] = [
  bindingTo('kubevirt.io:default', 'ClusterRoleBinding'),
  bindingTo('instancetype.kubevirt.io:view', 'ClusterRoleBinding'),
  bindingTo('cdi.kubevirt.io:config-reader', 'ClusterRoleBinding'),
]

/** Everyone signed in sees and uses the host's images; builds of the namespace that is there for them publish more. */
export function imageBindings(namespace: string): Binding[] {
  const publisher = bindingTo('berth.dev:image-publisher', 'RoleBinding', namespace)
  const subject = { kind: 'Group', name: `system:serviceaccounts:${imageBuildNamespace}`, apiGroup: rbac }
  return [
    bindingTo('cdi.kubevirt.io:view', 'RoleBinding', namespace),
    bindingTo('berth.dev:image-user', 'RoleBinding', namespace),
    { ...publisher, subjects: [subject] },
  ]
}

/** Everyone signed in sees and processes the templates of the catalogue. */
export function templateBinding(namespace: string): Binding {
  return bindingTo('template.kubevirt.io:view', 'RoleBinding', namespace)
}
