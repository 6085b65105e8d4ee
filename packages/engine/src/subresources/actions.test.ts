import { virtualMachineInstances, type EvictionStrategy } from '@berth/api'
import { StatusError, type Json } from '@berth/meta'
import { nodes, pods } from '@berth/kube'
import { describe, expect, it } from 'vitest'
import { machineOf } from '../testing/manifests.ts'
import { namespace, TestEngine } from '../testing/test-engine.ts'
import { until } from '../testing/until.ts'

async function put(cluster: TestEngine, path: string, body: Json = {}): Promise<string> {
  const base = `/apis/subresources.kubevirt.io/v1/namespaces/${namespace}`
  return outcome(cluster.client.raw({ method: 'PUT', path: `${base}/${path}`, body }))
}

async function outcome(request: Promise<unknown>): Promise<string> {
  try {
    await request
    return 'accepted'
  } catch (error) {
    if (error instanceof StatusError) return `${error.httpCode} ${error.message}`
    throw error
  }
}

async function launcher(cluster: TestEngine): Promise<string> {
  const { items } = await cluster.client.list(pods, { namespace })
  return items[0]?.metadata.name ?? ''
}

async function evict(cluster: TestEngine, body: Record<string, Json> = {}): Promise<string> {
  const name = await launcher(cluster)
  return outcome(
    cluster.client.raw({
      method: 'POST',
      path: `/api/v1/namespaces/${namespace}/pods/${name}/eviction`,
      body: { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace }, ...body },
    }),
  )
}

const denied = '429 admission webhook "virt-launcher-eviction-interceptor.kubevirt.io" denied the request: '
const running = async (strategy?: EvictionStrategy): Promise<TestEngine> => {
  const cluster = await TestEngine.start()
  await cluster.create(
    machineOf('web', { runStrategy: 'Manual', spec: strategy === undefined ? {} : { evictionStrategy: strategy } }),
  )
  await cluster.act('web', 'start')
  await cluster.running('web')
  return cluster
}

describe('eviction of a launcher pod', () => {
  it.each([undefined, 'None', 'LiveMigrateIfPossible'] as const)('with %s shuts the machine down', async (strategy) => {
    await using cluster = await running(strategy)
    expect(await evict(cluster, { deleteOptions: { dryRun: ['All'] } })).toBe('accepted')
    expect((await cluster.instance('web'))?.status?.phase).toBe('Running')
    expect(await evict(cluster)).toBe('accepted')
    await until(
      'it is shut down',
      () => cluster.instance('web'),
      (instance) => instance?.status?.phase === 'Succeeded',
    )
  })

  it('is refused for a machine that may only be moved', async () => {
    await using cluster = await running('LiveMigrate')
    expect(await evict(cluster)).toBe(
      `${denied}VMI web is configured with an eviction strategy but is not live-migratable`,
    )
  })

  it('is left to somebody else, and can be taken back', async () => {
    await using cluster = await running('External')
    const wish = 'Eviction triggered evacuation of VMI "default/web"'
    expect(await evict(cluster, { deleteOptions: { dryRun: ['All'] } })).toBe(`${denied}${wish}`)
    expect(await evict(cluster)).toBe(`${denied}${wish}`)
    expect(await evict(cluster)).toBe(`${denied}Evacuation in progress: ${wish}`)
    await until(
      'EvictionRequested',
      () => cluster.machine('web'),
      (machine) => machine?.status?.conditions?.some(({ type }) => type === 'EvictionRequested') === true,
    )
    const cancel = 'virtualmachineinstances/web/evacuate/cancel'
    expect(await put(cluster, cancel, { evacuationNodeName: 'other' })).toMatch(/^500 /)
    expect(await put(cluster, cancel, { evacuationNodeName: 'node-1', dryRun: ['All'] })).toBe('accepted')
    expect((await cluster.instance('web'))?.status?.evacuationNodeName).toBe('node-1')
    expect(await put(cluster, 'virtualmachines/web/evacuate/cancel', { evacuationNodeName: 'node-1' })).toBe('accepted')
    const instance = await cluster.client.get(virtualMachineInstances, { namespace, name: 'web' })
    expect(instance.status).not.toHaveProperty('evacuationNodeName')
    expect(await put(cluster, cancel)).toBe('accepted')
  })

  it('cannot be taken back on a node that is being drained', async () => {
    await using cluster = await running()
    const taints = [{ key: 'kubevirt.io/drain', effect: 'NoSchedule' }]
    await cluster.client.patch(nodes, { name: 'node-1' }, { type: 'merge', patch: { spec: { taints } } })
    expect(await put(cluster, 'virtualmachineinstances/web/evacuate/cancel')).toBe(
      '400 Node "node-1" has NodeDrainTaintKey "kubevirt.io/drain:NoSchedule"',
    )
  })
})

describe('migrate', () => {
  const conflict = '409 Operation cannot be fulfilled on virtualmachine.kubevirt.io "web": VM is not running'
  it('needs a machine that runs, and then says why it cannot', async () => {
    await using cluster = await TestEngine.start()
    expect(await put(cluster, 'virtualmachines/web/migrate')).toBe('404 virtualmachine.kubevirt.io "web" not found')
    await cluster.create(machineOf('web', { runStrategy: 'Manual' }))
    expect(await put(cluster, 'virtualmachines/web/migrate')).toBe(conflict)
    await cluster.act('web', 'start')
    await cluster.running('web')
    expect(await put(cluster, 'virtualmachines/web/migrate')).toMatch(
      /^500 Internal error occurred: admission webhook "migration-create-validator.kubevirt.io" denied the request: Cannot migrate VMI, Reason: NoMigrationTarget, /,
    )
    expect(await put(cluster, 'virtualmachines/web/evacuate/elsewhere')).toMatch(/^404 /)
  })
})

describe('dry run', () => {
  it.each(['pause', 'reset', 'softreboot', 'freeze', 'unfreeze'])('of %s does nothing', async (action) => {
    await using cluster = await running()
    expect(await put(cluster, `virtualmachineinstances/web/${action}`, { dryRun: ['All'] })).toBe('accepted')
    const instance = await cluster.running('web')
    expect(cluster.domain(instance).status.state).toBe('running')
    expect(await put(cluster, `virtualmachineinstances/web/${action}`, { dryRun: ['Some'] })).toMatch(/^400 /)
  })
})
