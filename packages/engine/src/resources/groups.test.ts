import {
  migrationPolicies,
  migrations,
  pools,
  presets,
  replicaSets,
  virtualMachineInstances,
  type VirtualMachineInstanceMigration,
} from '@berth/api'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { guestSpec, instanceOf, machineOf } from '../testing/manifests.ts'
import { TestEngine } from '../testing/test-engine.ts'

const namespace = 'default'
let engine: TestEngine
beforeAll(async () => {
  engine = await TestEngine.start()
})
afterAll(async () => engine[Symbol.asyncDispose]())

const selector = { matchLabels: { app: 'web' } }
const labels = { app: 'web' }

describe('presets', () => {
  it('reach an instance before its defaults', async () => {
    await engine.client.create(presets, {
      apiVersion: 'kubevirt.io/v1',
      kind: 'VirtualMachineInstancePreset',
      metadata: { name: 'four', namespace },
      spec: { selector, domain: { devices: {}, cpu: { cores: 4 } } },
    })
    const wanted = instanceOf('preset')
    const created = await engine.client.create(virtualMachineInstances, {
      ...wanted,
      metadata: { ...wanted.metadata, labels },
    })
    expect(created.spec.domain.cpu).toMatchObject({ cores: 4 })
    expect(created.metadata.annotations).toMatchObject({ 'virtualmachinepreset.kubevirt.io/four': 'kubevirt.io/v1' })
  })

  it('need a domain', async () => {
    await expect(
      engine.client.create(presets, {
        apiVersion: 'kubevirt.io/v1',
        kind: 'VirtualMachineInstancePreset',
        metadata: { name: 'empty', namespace },
        spec: { selector },
      }),
    ).rejects.toThrow(
      'admission webhook "virtualmachinepreset-validator.kubevirt.io" denied the request: missing domain.',
    )
  })
})

describe('migrations', () => {
  const migrate = (vmiName: string): Promise<VirtualMachineInstanceMigration> =>
    engine.client.create(migrations, {
      apiVersion: 'kubevirt.io/v1',
      kind: 'VirtualMachineInstanceMigration',
      metadata: { generateName: 'm-', namespace },
      spec: { vmiName },
    })

  it('are refused in KubeVirt’s words', async () => {
    await expect(migrate('')).rejects.toThrow('vmiName is missing')
    await expect(migrate('nobody')).rejects.toThrow('the VMI "default/nobody" does not exist')
    await engine.create(machineOf('moving'))
    await engine.running('moving')
    await expect(migrate('moving')).rejects.toThrow('Cannot migrate VMI, Reason: ')
  })

  it('may have policies, which say that they have no effect', async () => {
    const policy = {
      apiVersion: 'migrations.kubevirt.io/v1alpha1',
      kind: 'MigrationPolicy',
      metadata: { name: 'slow' },
      spec: { selectors: { namespaceSelector: {} }, completionTimeoutPerGiB: -1 },
    }
    await expect(engine.client.create(migrationPolicies, policy)).rejects.toThrow('must not be negative')
    await engine.client.create(migrationPolicies, { ...policy, spec: { selectors: {}, allowPostCopy: true } })
  })
})

describe('groups', () => {
  it('are refused with what their machines would be refused for', async () => {
    const metadata = { name: 'group', namespace }
    const template = { metadata: { labels }, spec: guestSpec() }
    const set = { apiVersion: 'kubevirt.io/v1', kind: 'VirtualMachineInstanceReplicaSet', metadata }
    const create = (labelled: Record<string, string>, more: object = {}): Promise<unknown> =>
      engine.client.create(replicaSets, {
        ...set,
        spec: {
          replicas: 0,
          selector,
          template: { metadata: { labels: labelled }, spec: { ...guestSpec(), ...more } },
        },
      })
    await expect(create({ app: 'db' })).rejects.toThrow('selector does not match labels.')
    await expect(create(labels, { domain: { ...guestSpec().domain, launchSecurity: { tdx: {} } } })).rejects.toThrow(
      /launchSecurity/,
    )
    await create(labels)
    const pool = { apiVersion: 'pool.kubevirt.io/v1beta1', kind: 'VirtualMachinePool', metadata }
    const virtualMachineTemplate = { metadata: { labels }, spec: { runStrategy: 'Halted' as const, template } }
    await expect(
      engine.client.create(pools, { ...pool, spec: { selector, virtualMachineTemplate, maxUnavailable: '0%' } }),
    ).rejects.toThrow('maxUnavailable')
    await engine.client.create(pools, { ...pool, spec: { replicas: 0, selector, virtualMachineTemplate } })
    await expect(
      engine.client.raw({
        method: 'GET',
        path: `/apis/pool.kubevirt.io/v1beta1/namespaces/${namespace}/virtualmachinepools/group/scale`,
      }),
    ).resolves.toMatchObject({ kind: 'Scale', spec: { replicas: 0 } })
  })
})
