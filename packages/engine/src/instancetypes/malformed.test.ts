import type { Json } from '@berth/meta'
import { StatusError } from '@berth/meta'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { TestEngine } from '../testing/test-engine.ts'

let engine: TestEngine
beforeAll(async () => {
  engine = await TestEngine.start()
})
afterAll(async () => engine[Symbol.asyncDispose]())

const group = '/apis/instancetype.kubevirt.io/v1beta1'
const machines = '/apis/kubevirt.io/v1/namespaces/default/virtualmachines'
const expand = '/apis/subresources.kubevirt.io/v1/namespaces/default/expand-vm-spec'
const vm = (spec: Json): Json => ({
  apiVersion: 'kubevirt.io/v1',
  kind: 'VirtualMachine',
  metadata: { name: 'x' },
  spec: { runStrategy: 'Halted', ...(spec as object) },
})
const instancetype = (spec: Json): Json => ({
  apiVersion: 'instancetype.kubevirt.io/v1beta1',
  kind: 'VirtualMachineClusterInstancetype',
  metadata: { name: 'x' },
  spec,
})
const kubevirt = (spec: Json): Json => ({
  apiVersion: 'kubevirt.io/v1',
  kind: 'KubeVirt',
  metadata: { name: 'x' },
  spec,
})
const preset = (spec: Json): Json => ({
  apiVersion: 'kubevirt.io/v1',
  kind: 'VirtualMachineInstancePreset',
  metadata: { name: 'x' },
  spec,
})
const domain = { devices: {} }
const template = { spec: { domain } }

it.each<[string, 'POST' | 'PUT', string, Json]>([
  ['a machine without a template', 'POST', machines, vm({ instancetype: { name: 'u1.nano' } })],
  ['one with null for it', 'POST', machines, vm({ instancetype: { name: 'u1.nano' }, template: null })],
  ['one with an empty one', 'POST', machines, vm({ instancetype: { inferFromVolume: 'v' }, template: {} })],
  [
    'one with null for a domain',
    'POST',
    machines,
    vm({ preference: { name: 'linux' }, template: { spec: { domain: null } } }),
  ],
  ['one whose spec is a list', 'POST', machines, vm({ instancetype: [], template })],
  ['an expansion of nothing', 'PUT', expand, {}],
  ['an expansion of a list', 'PUT', expand, []],
  ['an expansion of a machine without a template', 'PUT', expand, vm({ instancetype: { name: 'u1.nano' } })],
  ['an expansion without metadata', 'PUT', expand, { apiVersion: 'kubevirt.io/v1', kind: 'VirtualMachine' }],
  ['an instance type without processors', 'POST', `${group}/virtualmachineclusterinstancetypes`, instancetype({})],
  [
    'one with no processor',
    'POST',
    `${group}/virtualmachineclusterinstancetypes`,
    instancetype({ cpu: { guest: 0 }, memory: { guest: '1Gi' } }),
  ],
  [
    'one with much of one',
    'POST',
    `${group}/virtualmachineclusterinstancetypes`,
    instancetype({ cpu: { guest: 1 }, memory: { guest: 'much' } }),
  ],
  ['a second KubeVirt', 'POST', '/apis/kubevirt.io/v1/namespaces/kubevirt/kubevirts', kubevirt({})],
  [
    'a preset without a domain',
    'POST',
    '/apis/kubevirt.io/v1/namespaces/default/virtualmachineinstancepresets',
    preset({ selector: {} }),
  ],
  [
    'a migration of nothing',
    'POST',
    '/apis/kubevirt.io/v1/namespaces/default/virtualmachineinstancemigrations',
    { apiVersion: 'kubevirt.io/v1', kind: 'VirtualMachineInstanceMigration', metadata: { name: 'x' }, spec: {} },
  ],
  [
    'a replica set with an empty template',
    'POST',
    '/apis/kubevirt.io/v1/namespaces/default/virtualmachineinstancereplicasets',
    {
      apiVersion: 'kubevirt.io/v1',
      kind: 'VirtualMachineInstanceReplicaSet',
      metadata: { name: 'x' },
      spec: { selector: { matchLabels: { a: 'b' } }, template: {} },
    },
  ],
  [
    'a pool with an empty template',
    'POST',
    '/apis/pool.kubevirt.io/v1beta1/namespaces/default/virtualmachinepools',
    {
      apiVersion: 'pool.kubevirt.io/v1beta1',
      kind: 'VirtualMachinePool',
      metadata: { name: 'x' },
      spec: { selector: {}, virtualMachineTemplate: {} },
    },
  ],
])('%s is refused, and not as our fault', async (_name, method, path, body) => {
  const failure: unknown = await engine.client.raw({ method, path, body }).catch((error: unknown) => error)
  expect(failure).toBeInstanceOf(StatusError)
  expect(failure instanceof StatusError && failure.httpCode < 500, String(failure)).toBe(true)
})

it.each<[string, Json]>([
  ['a request that is no quantity', { cpuRequest: 'much' }],
  ['a ratio beyond all bounds', { additionalGuestMemoryOverheadRatio: '1e999' }],
  ['a selector of no form', { autoCPULimitNamespaceLabelSelector: 7 }],
  ['gates that are no list', { developerConfiguration: { featureGates: 'VSOCK' } }],
  ['an overcommitment of nothing', { developerConfiguration: { memoryOvercommit: 0 } }],
])('a configuration with %s is refused', async (_name, configuration) => {
  const path = '/apis/kubevirt.io/v1/namespaces/kubevirt/kubevirts/kubevirt'
  const current = (await engine.client.raw({ method: 'GET', path })) as Record<string, Json>
  const body: Json = { ...current, spec: { configuration } }
  const failure: unknown = await engine.client.raw({ method: 'PUT', path, body }).catch((error: unknown) => error)
  expect(failure instanceof StatusError && failure.httpCode < 500, String(failure)).toBe(true)
})

it('nulls count as nothing', async () => {
  const path = '/apis/kubevirt.io/v1/namespaces/kubevirt/kubevirts/kubevirt'
  const current = (await engine.client.raw({ method: 'GET', path })) as Record<string, Json>
  const configuration = { developerConfiguration: null, migrations: null, network: { binding: null } }
  await engine.client.raw({ method: 'PUT', path, body: { ...current, spec: { configuration } } })
  await engine.client.raw({
    method: 'POST',
    path: machines,
    body: vm({ instancetype: { name: 'u1.nano', kind: null }, preference: null, template }),
  })
})
