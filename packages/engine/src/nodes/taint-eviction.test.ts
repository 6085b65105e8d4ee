import type { Toleration } from '@berth/api'
import { events as eventsOfPods, nodes } from '@berth/kube'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { machineOf } from '../testing/manifests.ts'
import { TestEngine } from '../testing/test-engine.ts'
import { until } from '../testing/until.ts'

let engine: TestEngine
beforeEach(async () => {
  engine = await TestEngine.start({ engine: { nodes: 2 } })
})
afterEach(async () => engine[Symbol.asyncDispose]())

async function taint(node: string, effect: 'NoExecute' | 'NoSchedule' | undefined, key = 'maintenance'): Promise<void> {
  const taints = effect === undefined ? [] : [{ key, effect }]
  await engine.client.patch(nodes, { name: node }, { type: 'merge', patch: { spec: { taints } } })
}

/** @returns the node it runs on */
async function start(name: string, tolerations: Toleration[] = []): Promise<string> {
  await engine.create(machineOf(name, { spec: { tolerations } }))
  return (await engine.running(name)).status?.nodeName ?? ''
}

const said = async (words: string): Promise<void> => {
  await until(
    words,
    async () => {
      const { items } = await engine.client.list(eventsOfPods, { namespace: 'default' })
      return items.some(({ message }) => message?.startsWith(words) ?? false)
    },
    (found) => found,
  )
}

describe('a taint with the effect NoExecute', () => {
  it('ends machines that do not tolerate it, and they come back elsewhere', async () => {
    const node = await start('web')
    const { uid } = (await engine.instance('web'))?.metadata ?? {}
    await taint(node, 'NoExecute')
    const moved = await until(
      'web runs elsewhere',
      () => engine.instance('web'),
      (instance) => instance?.metadata.uid !== uid && instance?.status?.phase === 'Running',
    )
    expect(moved?.status?.nodeName).not.toBe(node)
    await said('Marking for deletion Pod default/virt-launcher-web-')
  })

  it('leaves machines alone that tolerate it, for as long as they say', async () => {
    const key = 'maintenance'
    const node = await start('short', [{ key, operator: 'Exists', tolerationSeconds: 60 }])
    const before = (await engine.instance('short'))?.metadata.uid
    await taint(node, 'NoExecute')
    await taint(node, undefined)
    await said('Cancelling deletion of Pod default/virt-launcher-short-')
    await taint(node, 'NoExecute')
    engine.clock.leap(59_000)
    expect((await engine.running('short')).metadata.uid).toBe(before)
    await until(
      'its time is over',
      () => {
        // It began when the engine noticed, which may have been after the leap.
        engine.clock.leap(1000)
        return engine.instance('short')
      },
      (instance) => instance?.metadata.uid !== before,
    )
  })
})

describe("KubeVirt's drain taint", () => {
  it('keeps new machines off, and leaves alone those that cannot be moved', async () => {
    const node = await start('stays')
    const { uid } = (await engine.instance('stays'))?.metadata ?? {}
    await taint(node, 'NoSchedule', 'kubevirt.io/drain')
    expect(await start('new')).not.toBe(node)
    expect((await engine.running('stays')).metadata.uid).toBe(uid)
    expect((await engine.instance('stays'))?.status?.evacuationNodeName).toBeUndefined()
  })
})
