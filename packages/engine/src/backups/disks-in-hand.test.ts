import { persistentVolumeClaims } from '@berth/kube'
import { expect, it } from 'vitest'
import { twoDisks } from '../snapshots/testing.ts'
import { machineOf } from '../testing/manifests.ts'
import { namespace, TestEngine } from '../testing/test-engine.ts'
import { until } from '../testing/until.ts'
import { volumeNameFor } from '../volumes/claim-volume.ts'
import { volumeKey } from '../volumes/storage/keys.ts'
import { withDisksInHand } from './disks-in-hand.ts'

it('a backup ends a merge that is under way, and none begins before its copying has', async () => {
  await using cluster = await TestEngine.start()
  await cluster.create(machineOf('web', twoDisks))
  const domain = cluster.domain(await cluster.running('web'))
  const { services } = cluster.engine
  const { storageSet } = services.volumes
  const claim = await cluster.client.get(persistentVolumeClaims, { namespace, name: 'web-root' })
  const keys = [volumeKey(volumeNameFor(claim))]
  const order: string[] = []
  const merging = storageSet.mergeAlone(keys, async (signal) => {
    order.push('merges')
    await new Promise((resolve) => signal.addEventListener('abort', resolve))
    order.push('merges no more')
  })
  await until(
    'it merges',
    () => order.length,
    (count) => count > 0,
  )
  const mayBegin = Promise.withResolvers<void>()
  const mayEnd = Promise.withResolvers<void>()
  const backup = withDisksInHand(services, { domain, disks: ['root'] }, async (begun) => {
    order.push('starts')
    await mayBegin.promise
    order.push('has begun')
    begun()
    await mayEnd.promise
    return 'copied'
  })
  await merging
  await until(
    'the backup starts',
    () => order.at(-1),
    (last) => last === 'starts',
  )
  const next = storageSet.mergeAlone(keys, async () => void order.push('tries to merge again'))
  mayBegin.resolve()
  await next
  mayEnd.resolve()
  expect(await backup).toBe('copied')
  expect(order).toEqual(['merges', 'merges no more', 'starts', 'has begun', 'tries to merge again'])
})

it('a backup that fails says so itself, before and after its copying has begun', async () => {
  await using cluster = await TestEngine.start()
  await cluster.create(machineOf('web', twoDisks))
  const domain = cluster.domain(await cluster.running('web'))
  for (const isBegun of [false, true]) {
    const failing = withDisksInHand(cluster.engine.services, { domain, disks: ['root'] }, async (begun) => {
      if (isBegun) begun()
      throw new Error('no room')
    })
    await expect(failing).rejects.toThrow('no room')
  }
})
