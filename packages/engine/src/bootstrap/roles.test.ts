import { kubeVirts } from '@berth/api'
import { createClient, createLocalTransport, type Client } from '@berth/kube'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { TestEngine } from '../testing/test-engine.ts'
import { until } from '../testing/until.ts'
import { bringRoles } from './keep-roles.ts'
import { clusterRoleBindings, clusterRoles, rbac } from './rbac-kinds.ts'

let engine: TestEngine
beforeAll(async () => {
  engine = await TestEngine.start()
  for (const role of ['admin', 'edit', 'view', 'kubevirt.io:migrate']) {
    await engine.client.create(clusterRoleBindings, {
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name: `test-${role}` },
      subjects: [{ kind: 'User', name: `user-${role}`, apiGroup: rbac }],
      roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: role },
    })
  }
})
afterAll(async () => engine[Symbol.asyncDispose]())

function as(name: string): Client {
  const user = { name, groups: ['system:authenticated'] }
  return createClient(createLocalTransport({ handle: engine.engine.api.handler, user }))
}

async function may(role: string, verb: string, path: string): Promise<boolean> {
  const [group = '', whole = ''] = path.split(' ')
  const [resource = '', ...rest] = whole.split('/')
  const answer = await as(`user-${role}`).raw({
    method: 'POST',
    path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
    body: {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: {
        resourceAttributes: { namespace: 'default', verb, group, resource, subresource: rest.join('/') },
      },
    },
  })
  return JSON.stringify(answer).includes('"allowed":true')
}

const sub = 'subresources.kubevirt.io'

describe('the default roles', () => {
  it.each<[string, string, string, boolean]>([
    ['view', 'get', 'kubevirt.io virtualmachines', true],
    ['view', 'create', 'kubevirt.io virtualmachines', false],
    ['view', 'get', `${sub} virtualmachines/expand-spec`, true],
    ['view', 'update', `${sub} expand-vm-spec`, true],
    ['view', 'get', `${sub} virtualmachineinstances/console`, false],
    ['view', 'list', 'pool.kubevirt.io virtualmachinepools', true],
    ['edit', 'create', 'kubevirt.io virtualmachineinstancereplicasets', true],
    ['edit', 'patch', 'instancetype.kubevirt.io virtualmachinepreferences', true],
    ['edit', 'create', 'kubevirt.io virtualmachineinstancemigrations', false],
    ['edit', 'list', 'kubevirt.io virtualmachineinstancemigrations', true],
    ['edit', 'deletecollection', 'kubevirt.io virtualmachines', false],
    ['edit', 'update', `${sub} virtualmachineinstances/freeze`, true],
    ['edit', 'update', `${sub} virtualmachines/migrate`, false],
    ['edit', 'update', 'kubevirt.io kubevirts', false],
    ['admin', 'deletecollection', 'pool.kubevirt.io virtualmachinepools', true],
    ['admin', 'update', `${sub} virtualmachines/migrate`, false],
    ['admin', 'get', `${sub} virtualmachineinstances/vnc`, true],
    ['kubevirt.io:migrate', 'update', `${sub} virtualmachines/migrate`, true],
    ['kubevirt.io:migrate', 'create', 'kubevirt.io virtualmachineinstancemigrations', true],
    ['nobody', 'list', 'instancetype.kubevirt.io virtualmachineclusterinstancetypes', true],
    ['nobody', 'list', 'kubevirt.io kubevirts', true],
    ['nobody', 'list', 'kubevirt.io virtualmachines', false],
  ])('%s may %s %s: %s', async (role, verb, path, allowed) => {
    expect(await may(role, verb, path)).toBe(allowed)
  })

  it('of an earlier engine get the rules of this one; people’s own stay', async () => {
    const { client } = engine.engine
    const old = await client.get(clusterRoles, { name: 'kubevirt.io:view' })
    await client.update(clusterRoles, { ...old, rules: [] })
    const own = await client.get(clusterRoles, { name: 'kubevirt.io:migrate' })
    await client.update(clusterRoles, { ...own, metadata: { ...own.metadata, labels: {} }, rules: [] })
    await bringRoles(client, true)
    expect((await client.get(clusterRoles, { name: 'kubevirt.io:view' })).rules).toEqual(old.rules)
    expect((await client.get(clusterRoles, { name: 'kubevirt.io:migrate' })).rules).toEqual([])
  })

  it('leave admin, edit and view alone where the cluster is configured so', async () => {
    await engine.client.patch(
      kubeVirts,
      { namespace: 'kubevirt', name: 'kubevirt' },
      { type: 'merge', patch: { spec: { configuration: { roleAggregationStrategy: 'Manual' } } } },
    )
    await until(
      'view sees no machines',
      () => may('view', 'get', 'kubevirt.io virtualmachines'),
      (allowed) => !allowed,
    )
  })
})
