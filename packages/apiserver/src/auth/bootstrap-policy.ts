/**
 * The roles and bindings every server starts with, as data. Names and meaning as in Kubernetes
 * (https://kubernetes.io/docs/reference/access-authn-authz/rbac/, "Default roles and role bindings"). Roles for kinds that are
 * not built in come from whoever brings the kind, and join admin, edit and view by their labels.
 */

import type { JsonObject } from '@berth/meta'
import { groups } from './names.ts'
import { rbacGroup } from './rbac/binding.ts'

export interface DefaultRole {
  name: string
  labels?: Record<string, string>
  rules?: JsonObject[]
  /** Label of the roles whose rules it gathers. */
  gathers?: string
}

export interface DefaultBinding {
  name: string
  role: string
  groups: string[]
}

const read = ['get', 'list', 'watch']
const write = ['create', 'delete', 'deletecollection', 'patch', 'update']

const aggregateTo = (role: 'admin' | 'edit' | 'view'): string => `${rbacGroup}/aggregate-to-${role}`

function rule(apiGroup: string, resources: string[], verbs: string[]): JsonObject {
  return { apiGroups: [apiGroup], resources, verbs }
}

const paths = (nonResourceURLs: string[]): JsonObject => ({ nonResourceURLs, verbs: ['get'] })

const versionAndHealth = ['/healthz', '/livez', '/readyz', '/version', '/version/']
const discoveryPaths = ['/api', '/api/*', '/apis', '/apis/*', '/openapi', '/openapi/*', ...versionAndHealth]

const workloads = ['deployments', 'replicasets', 'statefulsets', 'daemonsets']
const scalable = ['deployments/scale', 'replicasets/scale', 'statefulsets/scale']
/** Plain resources of the core group that belong to a namespace's users. */
const coreWritable = [
  'configmaps',
  'events',
  'persistentvolumeclaims',
  'pods',
  'replicationcontrollers',
  'replicationcontrollers/scale',
  'services',
]

export const defaultClusterRoles: readonly DefaultRole[] = [
  {
    name: 'cluster-admin',
    rules: [rule('*', ['*'], ['*']), { nonResourceURLs: ['*'], verbs: ['*'] }],
  },
  { name: 'system:discovery', rules: [paths(discoveryPaths)] },
  { name: 'system:public-info-viewer', rules: [paths(versionAndHealth)] },
  {
    name: 'system:monitoring',
    rules: [paths(['/metrics', '/metrics/slis', ...versionAndHealth, '/healthz/*', '/livez/*', '/readyz/*'])],
  },
  {
    name: 'system:basic-user',
    rules: [
      rule('authorization.k8s.io', ['selfsubjectaccessreviews', 'selfsubjectrulesreviews'], ['create']),
      rule('authentication.k8s.io', ['selfsubjectreviews'], ['create']),
    ],
  },
  {
    name: 'system:auth-delegator',
    rules: [
      rule('authentication.k8s.io', ['tokenreviews'], ['create']),
      rule('authorization.k8s.io', ['subjectaccessreviews'], ['create']),
    ],
  },
  {
    name: 'system:service-account-issuer-discovery',
    rules: [
      paths([
        '/.well-known/openid-configuration',
        '/.well-known/openid-configuration/',
        '/openid/v1/jwks',
        '/openid/v1/jwks/',
      ]),
    ],
  },
  ...['kube-apiserver-client', 'kube-apiserver-client-kubelet', 'kubelet-serving'].map((signer) => ({
    name: `system:certificates.k8s.io:${signer}-approver`,
    rules: [{ ...rule('certificates.k8s.io', ['signers'], ['approve']), resourceNames: [`kubernetes.io/${signer}`] }],
  })),
  ...['nodeclient', 'selfnodeclient'].map((name) => ({
    name: `system:certificates.k8s.io:certificatesigningrequests:${name}`,
    rules: [rule('certificates.k8s.io', [`certificatesigningrequests/${name}`], ['create'])],
  })),
  {
    name: 'system:node-bootstrapper',
    rules: [rule('certificates.k8s.io', ['certificatesigningrequests'], ['create', 'get', 'list', 'watch'])],
  },
  { name: 'admin', gathers: aggregateTo('admin') },
  { name: 'edit', gathers: aggregateTo('edit'), labels: { [aggregateTo('admin')]: 'true' } },
  { name: 'view', gathers: aggregateTo('view'), labels: { [aggregateTo('edit')]: 'true' } },
  {
    name: 'system:aggregate-to-admin',
    labels: { [aggregateTo('admin')]: 'true' },
    rules: [
      rule('authorization.k8s.io', ['localsubjectaccessreviews'], ['create']),
      rule(rbacGroup, ['rolebindings', 'roles'], [...read, ...write]),
    ],
  },
  {
    name: 'system:aggregate-to-edit',
    labels: { [aggregateTo('edit')]: 'true' },
    rules: [
      rule('', ['pods/attach', 'pods/exec', 'pods/portforward', 'pods/proxy', 'secrets', 'services/proxy'], read),
      rule('', ['serviceaccounts'], ['impersonate']),
      rule(
        '',
        [
          ...coreWritable,
          'pods/attach',
          'pods/exec',
          'pods/portforward',
          'pods/proxy',
          'secrets',
          'serviceaccounts',
          'services/proxy',
        ],
        write,
      ),
      rule('', ['pods/eviction', 'serviceaccounts/token'], ['create']),
      rule('apps', [...workloads, ...scalable], write),
      rule('batch', ['cronjobs', 'jobs'], write),
      rule('networking.k8s.io', ['ingresses', 'networkpolicies'], write),
      rule('policy', ['poddisruptionbudgets'], write),
      rule('coordination.k8s.io', ['leases'], [...read, ...write]),
    ],
  },
  {
    name: 'system:aggregate-to-view',
    labels: { [aggregateTo('view')]: 'true' },
    rules: [
      rule(
        '',
        [
          ...coreWritable,
          'bindings',
          'endpoints',
          'limitranges',
          'namespaces',
          'namespaces/status',
          'persistentvolumeclaims/status',
          'pods/log',
          'pods/status',
          'resourcequotas',
          'resourcequotas/status',
          'serviceaccounts',
          'services/status',
        ],
        read,
      ),
      rule(
        'apps',
        ['controllerrevisions', ...workloads, ...workloads.map((each) => `${each}/status`), ...scalable],
        read,
      ),
      rule('batch', ['cronjobs', 'cronjobs/status', 'jobs', 'jobs/status'], read),
      rule('discovery.k8s.io', ['endpointslices'], read),
      rule('networking.k8s.io', ['ingresses', 'ingresses/status', 'networkpolicies'], read),
      rule('policy', ['poddisruptionbudgets', 'poddisruptionbudgets/status'], read),
    ],
  },
]

export const defaultClusterRoleBindings: readonly DefaultBinding[] = [
  { name: 'cluster-admin', role: 'cluster-admin', groups: [groups.masters] },
  { name: 'system:basic-user', role: 'system:basic-user', groups: [groups.authenticated] },
  { name: 'system:discovery', role: 'system:discovery', groups: [groups.authenticated] },
  {
    name: 'system:public-info-viewer',
    role: 'system:public-info-viewer',
    groups: [groups.authenticated, groups.unauthenticated],
  },
  { name: 'system:monitoring', role: 'system:monitoring', groups: ['system:monitoring'] },
  {
    name: 'system:service-account-issuer-discovery',
    role: 'system:service-account-issuer-discovery',
    groups: [groups.serviceAccounts],
  },
]
