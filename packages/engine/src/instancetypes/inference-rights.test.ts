import { virtualMachines, type VirtualMachine } from '@berth/api'
import { createClient, createLocalTransport, namespaces, persistentVolumeClaims, type Client } from '@berth/kube'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { clusterRoleBindings, rbac, roleBindings } from '../bootstrap/rbac-kinds.ts'
import { TestEngine } from '../testing/test-engine.ts'

let engine: TestEngine
let alice: Client
beforeAll(async () => {
  engine = await TestEngine.start()
  const { client } = engine
  await client.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'theirs' } })
  const subjects = [{ kind: 'User', name: 'alice', apiGroup: rbac }]
  await client.create(roleBindings, {
    apiVersion: `${rbac}/v1`,
    kind: 'RoleBinding',
    metadata: { name: 'alice', namespace: 'default' },
    subjects,
    roleRef: { kind: 'ClusterRole', name: 'edit', apiGroup: rbac },
  })
  const labels = { 'instancetype.kubevirt.io/default-instancetype': 'their-type' }
  await client.create(persistentVolumeClaims, {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'disk', namespace: 'theirs', labels },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Mi' } } },
  })
  const user = { name: 'alice', groups: ['system:authenticated'] }
  alice = createClient(createLocalTransport({ handle: engine.engine.api.handler, user }))
})
afterAll(async () => {
  await alice.transport.close()
  await engine[Symbol.asyncDispose]()
})

/** What the engine says of a machine whose instance type is that of a claim in another namespace. */
async function answerFor(claim: string): Promise<string> {
  const machine: VirtualMachine = {
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachine',
    metadata: { name: 'curious', namespace: 'default' },
    spec: {
      runStrategy: 'Halted',
      instancetype: { inferFromVolume: 'root' },
      dataVolumeTemplates: [
        {
          metadata: { name: 'copy' },
          spec: {
            source: { pvc: { namespace: 'theirs', name: claim } },
            storage: { resources: { requests: { storage: '1Mi' } } },
          },
        },
      ],
      template: {
        spec: { domain: { devices: {} }, volumes: [{ name: 'root', dataVolume: { name: 'copy' } }] },
      },
    },
  }
  return alice.create(virtualMachines, machine, { dryRun: true }).then(
    () => 'accepted',
    (error: Error) => error.message.replaceAll(claim, 'X'),
  )
}

it('does not tell who may not read there what lies in another namespace, nor that it is there', async () => {
  const there = await answerFor('disk')
  expect(there).toContain('persistentvolumeclaims "X" not found')
  expect(there).toBe(await answerFor('nothing'))
  await engine.client.create(clusterRoleBindings, {
    apiVersion: `${rbac}/v1`,
    kind: 'ClusterRoleBinding',
    metadata: { name: 'alice-reads' },
    subjects: [{ kind: 'User', name: 'alice', apiGroup: rbac }],
    roleRef: { kind: 'ClusterRole', name: 'view', apiGroup: rbac },
  })
  expect(await answerFor('disk')).not.toContain('not found')
})
