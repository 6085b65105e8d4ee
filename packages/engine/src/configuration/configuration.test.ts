import { kubeVirts, type KubeVirtConfiguration, type KubeVirtSpec } from '@berth/api'
import type { Json } from '@berth/meta'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { machineOf } from '../testing/manifests.ts'
import { TestEngine } from '../testing/test-engine.ts'
import { until } from '../testing/until.ts'

const target = { namespace: 'kubevirt', name: 'kubevirt' }
let engine: TestEngine
beforeAll(async () => {
  engine = await TestEngine.start()
})
afterAll(async () => engine[Symbol.asyncDispose]())

/** In place of what was configured before. */
async function configure(configuration: KubeVirtConfiguration, more: KubeVirtSpec = {}): Promise<void> {
  await until(
    'the configuration is written',
    async () => {
      const current = await engine.client.get(kubeVirts, target)
      return engine.client
        .update(kubeVirts, { ...current, spec: { ...more, configuration } })
        .catch((error: unknown) => {
          if (String(error).includes('Operation cannot be fulfilled')) return undefined
          throw error
        })
    },
    (written) => written !== undefined,
  )
}

describe('the KubeVirt resource', () => {
  it('looks like that of an installed KubeVirt', async () => {
    const { status } = await engine.client.get(kubeVirts, target)
    expect(status).toMatchObject({
      phase: 'Deployed',
      defaultArchitecture: 'amd64',
      observedGeneration: 1,
      outdatedVirtualMachineInstanceWorkloads: 0,
    })
    expect(status?.observedKubeVirtVersion).toBe(status?.targetKubeVirtVersion)
    expect(status?.observedDeploymentID).toBe(status?.targetDeploymentID)
    expect(status?.conditions?.map(({ type, status: state }) => `${type}=${state}`)).toEqual([
      'Created=True',
      'Available=True',
      'Progressing=False',
      'Degraded=False',
    ])
  })

  it('says when a change of its spec is in force', async () => {
    await configure({ machineType: 'pc-q35-7.2', evictionStrategy: 'External' })
    const written = await until(
      'the generation is observed',
      () => engine.client.get(kubeVirts, target),
      ({ metadata, status }) => status?.observedGeneration === metadata.generation,
    )
    expect(written.metadata.generation).toBeGreaterThan(1)
    const created = await engine.create(machineOf('typed', { runStrategy: 'Halted' }))
    expect(created.spec.template.spec.domain.machine?.type).toBe('pc-q35-7.2')
    await configure({})
  })

  it.each<[string, KubeVirtConfiguration, string]>([
    [
      'in KubeVirt’s words',
      { additionalGuestMemoryOverheadRatio: '0.5' },
      'admission webhook "kubevirt-update-validator.kubevirt.io" denied the request: ratio provided, 0.5, cannot be smaller than 1.0',
    ],
    [
      'with a reason of its own',
      { network: { defaultNetworkInterface: 'bridge' } },
      'spec.configuration.network.defaultNetworkInterface: the embedded engine has no network of pods',
    ],
    [
      'for an unknown eviction strategy',
      { evictionStrategy: 'Perhaps' } as unknown as KubeVirtConfiguration,
      'evictionStrategy',
    ],
  ])('refuses %s', async (_name, configuration, message) => {
    await expect(configure(configuration)).rejects.toThrow(message)
  })

  it('is there once', async () => {
    const second = {
      apiVersion: 'kubevirt.io/v1',
      kind: 'KubeVirt',
      metadata: { name: 'second', namespace: 'kubevirt' },
      spec: {},
    }
    await expect(engine.client.create(kubeVirts, second)).rejects.toThrow(
      'admission webhook "kubevirt-create-validator.kubevirt.io" denied the request: Kubevirt is already created',
    )
  })

  it('stays', async () => {
    await expect(engine.client.delete(kubeVirts, target)).rejects.toThrow('`berth down`')
    await engine.create(machineOf('in-the-way', { runStrategy: 'Halted' }))
    await configure({}, { uninstallStrategy: 'BlockUninstallIfWorkloadsExist' })
    await expect(engine.client.delete(kubeVirts, target)).rejects.toThrow(
      'Rejecting the uninstall request, since there are still Virtual Machines present.',
    )
  })

  it('is read over the API as written', async () => {
    await configure({ developerConfiguration: { logVerbosity: { virtHandler: 5 } } })
    const list: Json | undefined = await engine.client.raw({
      method: 'GET',
      path: '/apis/kubevirt.io/v1/namespaces/kubevirt/kubevirts',
    })
    expect(JSON.stringify(list)).toContain('"logVerbosity":{"virtHandler":5}')
  })
})
