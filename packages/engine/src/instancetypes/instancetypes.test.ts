import {
  clusterInstancetypes,
  clusterPreferences,
  instancetypes,
  kubeVirts,
  virtualMachineInstances,
  virtualMachines,
  type Instancetype,
  type Preference,
  type VirtualMachine,
  type VirtualMachineSpec,
} from '@berth/api'
import { controllerRevisions, persistentVolumeClaims } from '@berth/kube'
import { getCondition } from '@berth/meta'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { TestEngine } from '../testing/test-engine.ts'
import { until } from '../testing/until.ts'

const apiVersion = 'instancetype.kubevirt.io/v1beta1'
const namespace = 'default'
const small: Instancetype = {
  apiVersion,
  kind: 'VirtualMachineClusterInstancetype',
  metadata: { name: 'small' },
  spec: { cpu: { guest: 2 }, memory: { guest: '64Mi' } },
}
const cores: Preference = {
  apiVersion,
  kind: 'VirtualMachineClusterPreference',
  metadata: { name: 'cores' },
  spec: {
    cpu: { preferredCPUTopology: 'cores' },
    devices: { preferredDiskBus: 'virtio' },
    requirements: { cpu: { guest: 2 } },
  },
}

let engine: TestEngine
beforeAll(async () => {
  engine = await TestEngine.start()
  await engine.client.create(clusterInstancetypes, small)
  await engine.client.create(clusterPreferences, cores)
})
afterAll(async () => engine[Symbol.asyncDispose]())

function machine(name: string, spec: Partial<VirtualMachineSpec> = {}): VirtualMachine {
  return {
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachine',
    metadata: { name, namespace },
    spec: {
      runStrategy: 'Always',
      instancetype: { name: 'small' },
      template: { spec: { domain: { devices: {} } } },
      ...spec,
    },
  }
}

const put = (path: string, body: object): Promise<unknown> =>
  engine.client.raw({
    method: 'PUT',
    path: `/apis/subresources.kubevirt.io/v1/namespaces/${namespace}/${path}`,
    body: JSON.parse(JSON.stringify(body)),
  })

describe('a machine with an instance type and a preference', () => {
  it('starts as both say, and keeps what it started from', async () => {
    await engine.create(machine('both', { preference: { name: 'cores' } }))
    const instance = await engine.running('both')
    expect(instance.spec.domain.cpu).toMatchObject({ sockets: 1, cores: 2, threads: 1 })
    expect(instance.spec.domain.memory).toMatchObject({ guest: '64Mi' })
    expect(instance.metadata.annotations).toMatchObject({
      'kubevirt.io/cluster-instancetype-name': 'small',
      'kubevirt.io/cluster-preference-name': 'cores',
    })
    const stored = await engine.machine('both')
    const { metadata } = await engine.client.get(clusterInstancetypes, { name: 'small' })
    const { uid = '' } = metadata
    const name = `both-small-v1beta1-${uid}-1`
    expect(stored?.status?.instancetypeRef).toEqual({ name: 'small', controllerRevisionRef: { name } })
    expect(stored?.spec.instancetype).toEqual({ name: 'small' })
    expect(stored?.spec.template.spec.domain.cpu).toBeUndefined()
    const revision = await engine.client.get(controllerRevisions, { namespace, name })
    expect(revision.metadata.labels).toMatchObject({
      'instancetype.kubevirt.io/object-kind': 'VirtualMachineClusterInstancetype',
      'instancetype.kubevirt.io/object-name': 'small',
      'instancetype.kubevirt.io/object-generation': '1',
      'instancetype.kubevirt.io/object-uid': uid,
      'instancetype.kubevirt.io/object-version': 'v1beta1',
    })
    expect(revision.metadata.ownerReferences).toMatchObject([{ kind: 'VirtualMachine', name: 'both' }])
    expect(revision.data).toMatchObject({ kind: small.kind, apiVersion, spec: small.spec })
  })

  it('does not follow changes of the instance type until it is asked to', async () => {
    await engine.client.create(clusterInstancetypes, { ...small, metadata: { name: 'grows' } })
    await engine.create(machine('kept', { instancetype: { name: 'grows' } }))
    await engine.running('kept')
    await engine.client.patch(
      clusterInstancetypes,
      { name: 'grows' },
      {
        type: 'merge',
        patch: { spec: { cpu: { guest: 4 } } },
      },
    )
    await engine.act('kept', 'stop')
    await engine.gone(virtualMachineInstances, 'kept')
    await engine.act('kept', 'start')
    expect((await engine.running('kept')).spec.domain.cpu?.sockets).toBe(2)
    await engine.act('kept', 'stop')
    await engine.gone(virtualMachineInstances, 'kept')
    await until(
      'the revision is let go of',
      async () => {
        const current = await engine.client.get(virtualMachines, { namespace, name: 'kept' })
        const status = { ...current.status, instancetypeRef: { name: 'grows' } }
        return engine.client.updateStatus(virtualMachines, { ...current, status }).catch(() => undefined)
      },
      (written) => written !== undefined,
    )
    await engine.act('kept', 'start')
    expect((await engine.running('kept')).spec.domain.cpu?.sockets).toBe(4)
  })

  it('needs a restart to become another size, and says so until it had one', async () => {
    const twice: Instancetype = { ...small, metadata: { name: 'twice' }, spec: { ...small.spec, cpu: { guest: 4 } } }
    await engine.client.create(clusterInstancetypes, twice)
    await engine.create(machine('resized'))
    await engine.running('resized')
    await engine.client.patch(
      virtualMachines,
      { namespace, name: 'resized' },
      { type: 'merge', patch: { spec: { instancetype: { name: 'twice' } } } },
    )
    const restartRequired = (found: VirtualMachine | undefined): string | undefined =>
      getCondition(found?.status?.conditions ?? [], 'RestartRequired')?.status
    const waiting = await until(
      'a restart is asked for',
      () => engine.machine('resized'),
      (found) => restartRequired(found) === 'True',
    )
    expect(waiting?.status?.instancetypeRef?.name).toBe('twice')
    expect(waiting?.status?.instancetypeRef?.controllerRevisionRef?.name).toContain('resized-twice-')
    const before = await engine.running('resized')
    await engine.act('resized', 'restart')
    const after = await until(
      'it runs again',
      () => engine.instance('resized'),
      (found) => found?.status?.phase === 'Running' && found.metadata.uid !== before.metadata.uid,
    )
    expect(after?.spec.domain.cpu?.sockets).toBe(4)
    await until(
      'no restart is asked for any more',
      () => engine.machine('resized'),
      (found) => restartRequired(found) === undefined,
    )
  })

  it('is accepted before its instance type is there, says so, and starts when it is', async () => {
    await engine.create(machine('early', { instancetype: { name: 'later', kind: 'VirtualMachineInstancetype' } }))
    const waiting = await until(
      'early says what is missing',
      () => engine.machine('early'),
      (found) => getCondition(found?.status?.conditions ?? [], 'Failure') !== undefined,
    )
    expect(getCondition(waiting?.status?.conditions ?? [], 'Failure')).toMatchObject({
      status: 'True',
      reason: 'FailedFindInstancetype',
      message: 'virtualmachineinstancetypes.instancetype.kubevirt.io "later" not found',
    })
    expect(await engine.instance('early')).toBeUndefined()
    await engine.client.create(instancetypes, {
      ...small,
      kind: 'VirtualMachineInstancetype',
      metadata: { name: 'later', namespace },
    })
    expect((await engine.running('early')).metadata.annotations).toMatchObject({
      'kubevirt.io/instancetype-name': 'later',
    })
    const started = await until(
      'early fails no more',
      () => engine.machine('early'),
      (found) => getCondition(found?.status?.conditions ?? [], 'Failure') === undefined,
    )
    expect(started?.status?.instancetypeRef?.kind).toBe('VirtualMachineInstancetype')
  })
})

describe('what is refused', () => {
  it.each<[string, Partial<VirtualMachineSpec>, string]>([
    [
      'values of the machine in the way of its instance type',
      { template: { spec: { domain: { devices: {}, cpu: { cores: 2 }, memory: { guest: '1Gi' } } } } },
      'admission webhook "virtualmachine-validator.kubevirt.io" denied the request: VM field(s) spec.template.spec.domain.cpu.cores conflicts with selected instance type, VM field(s) spec.template.spec.domain.memory.guest conflicts with selected instance type',
    ],
    [
      'a matcher that names nothing',
      { instancetype: {} },
      'Either Name or InferFromVolume should be provided within the InstancetypeMatcher',
    ],
    [
      'too few processors for the preference',
      {
        preference: { name: 'cores' },
        instancetype: undefined,
        template: { spec: { domain: { devices: {}, cpu: { cores: 1 }, memory: { guest: '64Mi' } } } },
      },
      'failure checking preference requirements: insufficient CPU resources of 1 vCPU provided by VirtualMachine, preference requires 2 vCPU provided as cores',
    ],
    [
      'a volume that tells nothing',
      { instancetype: { inferFromVolume: 'none' } },
      'admission webhook "virtualmachines-mutator.kubevirt.io" denied the request: unable to find volume none to infer defaults',
    ],
  ])('%s', async (_what, spec, message) => {
    await expect(engine.create(machine('refused', spec))).rejects.toThrow(message)
  })

  it('an instance type that promises less than nothing', async () => {
    const wrong = {
      ...small,
      metadata: { name: 'wrong' },
      spec: { ...small.spec, memory: { guest: '1Gi', overcommitPercent: 101 } },
    }
    await expect(engine.client.create(clusterInstancetypes, wrong)).rejects.toThrow('overcommitPercent')
  })
})

it('infers from the labels of a claim', async () => {
  await engine.client.create(persistentVolumeClaims, {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: {
      name: 'labelled',
      namespace,
      labels: {
        'instancetype.kubevirt.io/default-instancetype': 'small',
        'instancetype.kubevirt.io/default-preference': 'cores',
        'instancetype.kubevirt.io/default-preference-kind': 'VirtualMachineClusterPreference',
      },
    },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Mi' } } },
  })
  const created = await engine.create(
    machine('inferring', {
      runStrategy: 'Halted',
      instancetype: { inferFromVolume: 'disk' },
      preference: { inferFromVolume: 'disk' },
      template: {
        spec: {
          domain: { devices: {} },
          volumes: [{ name: 'disk', persistentVolumeClaim: { claimName: 'labelled' } }],
        },
      },
    }),
  )
  expect(created.spec.instancetype).toEqual({ name: 'small' })
  expect(created.spec.preference).toEqual({ name: 'cores', kind: 'VirtualMachineClusterPreference' })
})

describe('expanding', () => {
  it('writes a stored machine out, without changing it', async () => {
    await engine.create(machine('plain', { runStrategy: 'Halted', preference: { name: 'cores' } }))
    const path = `/apis/subresources.kubevirt.io/v1/namespaces/${namespace}/virtualmachines/plain/expand-spec`
    const expanded = (await engine.client.raw({ method: 'GET', path })) as unknown as VirtualMachine
    expect(expanded.spec.instancetype).toBeUndefined()
    expect(expanded.spec.preference).toBeUndefined()
    expect(expanded.spec.template.spec.domain.cpu).toMatchObject({ cores: 2, sockets: 1 })
    expect((await engine.machine('plain'))?.spec.instancetype).toEqual({ name: 'small' })
  })

  it('writes out a machine of the request', async () => {
    const expanded = (await put('expand-vm-spec', machine('unstored'))) as VirtualMachine
    expect(expanded.spec.template.spec.domain.memory?.guest).toBe('64Mi')
    expect(expanded.spec.template.spec.domain.firmware).toBeUndefined()
    await expect(put('expand-vm-spec', { ...machine('x'), spec: { wrong: 1 } })).rejects.toThrow(
      'Object is not a valid VirtualMachine',
    )
    await expect(
      put('expand-vm-spec', { ...machine('x'), metadata: { name: 'x', namespace: 'other' } }),
    ).rejects.toThrow('VM namespace must be empty or default')
    await expect(put('expand-vm-spec', machine('x', { instancetype: { name: 'none' } }))).rejects.toThrow(
      'virtualmachineclusterinstancetypes.instancetype.kubevirt.io "none" not found',
    )
  })

  it('writes machines out by itself where the cluster is configured so', async () => {
    const target = { namespace: 'kubevirt', name: 'kubevirt' }
    const policy = (referencePolicy: string | null): Promise<unknown> =>
      engine.client.patch(kubeVirts, target, {
        type: 'merge',
        patch: { spec: { configuration: { instancetype: { referencePolicy } } } },
      })
    await policy('expand')
    try {
      await engine.create(machine('expanded'))
      await engine.running('expanded')
      const stored = await engine.machine('expanded')
      expect(stored?.spec.instancetype).toBeUndefined()
      expect(stored?.status?.instancetypeRef).toBeUndefined()
      expect(stored?.spec.template.spec.domain.cpu?.sockets).toBe(2)
    } finally {
      await policy(null)
    }
  })
})

describe('the common instance types and preferences', () => {
  const target = { namespace: 'kubevirt', name: 'kubevirt' }
  const enable = (enabled: boolean | null): Promise<unknown> =>
    engine.client.patch(kubeVirts, target, {
      type: 'merge',
      patch: { spec: { configuration: { commonInstancetypesDeployment: { enabled } } } },
    })
  const count = async (): Promise<number> => {
    const lists = await Promise.all([
      engine.client.list(clusterInstancetypes, { labelSelector: 'app.kubernetes.io/managed-by=berth' }),
      engine.client.list(clusterPreferences, { labelSelector: 'app.kubernetes.io/managed-by=berth' }),
    ])
    return lists.reduce((sum, { items }) => sum + items.length, 0)
  }

  it('are there from the start', async () => {
    expect(await count()).toBe(119)
    const { spec } = await engine.client.get(clusterInstancetypes, { name: 'u1.medium' })
    expect(spec).toEqual({ cpu: { guest: 1 }, memory: { guest: '4Gi' } })
  })

  it('go when they are not wanted and come back when they are; an own object of such a name stays', async () => {
    await enable(false)
    await until('they are gone', count, (left) => left === 0)
    await engine.client.create(clusterInstancetypes, { ...small, metadata: { name: 'u1.medium' } })
    await enable(null)
    await until('they are back', count, (left) => left === 118)
    const { spec } = await engine.client.get(clusterInstancetypes, { name: 'u1.medium' })
    expect(spec.cpu.guest).toBe(2)
    await engine.client.delete(clusterInstancetypes, { name: 'u1.medium' })
  })
})
