import { describe, expect, it } from 'vitest'
import { serviceAccountGroups, serviceAccountUser } from '../../auth/names.ts'
import { internalUser, type Attributes, type UserInfo } from '../../auth/user.ts'
import { flowOf } from './classify.ts'
import { flowSchemas } from './configuration.ts'

const authenticated = 'system:authenticated'
const users: Record<string, UserInfo> = {
  alice: { name: 'alice', groups: [authenticated] },
  anonymous: { name: 'system:anonymous', groups: ['system:unauthenticated'] },
  admin: internalUser('admin'),
  node: { name: 'system:node:n1', groups: ['system:nodes', authenticated] },
  manager: { name: 'system:kube-controller-manager', groups: [authenticated] },
  scheduler: { name: 'system:kube-scheduler', groups: [authenticated] },
  controller: account('kube-system', 'endpoint-controller'),
  operator: account('default', 'operator'),
}

function account(namespace: string, name: string): UserInfo {
  return { name: serviceAccountUser(namespace, name), groups: [...serviceAccountGroups(namespace), authenticated] }
}

/** `verb group/resource[:subresource] [namespace]`, or `verb /path`. */
function attributes(who: string, what: string): Attributes {
  const user = users[who] ?? internalUser('nobody')
  const [verb = '', target = '', namespace] = what.split(' ')
  if (target.startsWith('/')) return { kind: 'path', user, verb, path: target }
  const [group = '', full = ''] = target.includes('/') ? target.split('/') : ['', target]
  const [resource = '', subresource] = full.split(':')
  return {
    kind: 'resource',
    user,
    verb,
    group,
    version: 'v1',
    resource,
    ...(subresource === undefined ? {} : { subresource }),
    ...(namespace === undefined ? {} : { namespace }),
  }
}

describe('the flow of a request', () => {
  it.each([
    ['admin', 'list pods', 'exempt', ''],
    ['anonymous', 'get /healthz', 'probes', ''],
    ['anonymous', 'get /version', 'global-default', 'system:anonymous'],
    ['alice', 'list pods default', 'global-default', 'alice'],
    ['alice', 'update coordination.k8s.io/leases kube-system', 'global-default', 'alice'],
    ['node', 'update coordination.k8s.io/leases kube-node-lease', 'system-node-high', 'system:node:n1'],
    ['node', 'patch nodes:status', 'system-node-high', 'system:node:n1'],
    ['node', 'list pods', 'system-nodes', 'system:node:n1'],
    ['node', 'get nodes:proxy', 'system-nodes', 'system:node:n1'],
    [
      'manager',
      'update coordination.k8s.io/leases kube-system',
      'system-leader-election',
      'system:kube-controller-manager',
    ],
    ['manager', 'delete coordination.k8s.io/leases kube-system', 'kube-controller-manager', 'kube-system'],
    ['manager', 'update endpoints default', 'endpoint-controller', 'system:kube-controller-manager'],
    ['manager', 'list pods', 'kube-controller-manager', ''],
    ['scheduler', 'list pods', 'kube-scheduler', ''],
    [
      'controller',
      'update endpoints a',
      'endpoint-controller',
      'system:serviceaccount:kube-system:endpoint-controller',
    ],
    [
      'controller',
      'get configmaps a',
      'workload-leader-election',
      'system:serviceaccount:kube-system:endpoint-controller',
    ],
    ['controller', 'list pods a', 'kube-system-service-accounts', 'a'],
    ['operator', 'list pods a', 'service-accounts', 'system:serviceaccount:default:operator'],
  ])('%s, %s', (who, what, schema, distinguisher) => {
    const sorted = flowSchemas.toSorted((a, b) => a.precedence - b.precedence)
    const flow = flowOf(sorted, attributes(who, what))
    expect([flow?.schema.name, flow?.distinguisher]).toEqual([schema, distinguisher])
  })
})
