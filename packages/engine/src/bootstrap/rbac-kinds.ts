/** Kubernetes' kinds of who may do what, as far as the engine makes some. */

import { resource, type KubeObject } from '@berth/meta'

export interface PolicyRule {
  apiGroups?: string[]
  resources?: string[]
  resourceNames?: string[]
  nonResourceURLs?: string[]
  verbs: string[]
}

export interface ClusterRole extends KubeObject {
  rules: PolicyRule[]
}

export interface Binding extends KubeObject {
  subjects: { kind: string; name: string; apiGroup: string }[]
  roleRef: { apiGroup: string; kind: string; name: string }
}

export const rbac = 'rbac.authorization.k8s.io'
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
