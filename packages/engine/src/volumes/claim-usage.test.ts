import { persistentVolumeClaims, type PersistentVolumeClaim } from '@berth/kube'
import { describe, expect, it } from 'vitest'
import { writePattern } from '../testing/disk-content.ts'
import { machineWithClaims } from '../testing/export-fixtures.ts'
import { namespace, TestEngine } from '../testing/test-engine.ts'
import { until } from '../testing/until.ts'
import { allocatedAnnotation, worthTelling } from './claim-usage.ts'
import { volumeNameFor } from './claim-volume.ts'

const MiB = 1024 ** 2

function claimOf(name: string, told?: string): PersistentVolumeClaim {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name, namespace, ...(told === undefined ? {} : { annotations: { [allocatedAnnotation]: told } }) },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '32Mi' } } },
  }
}

const figure = (told: string | undefined, allocatedBytes: number, name = 'a') => ({
  claim: claimOf(name, told),
  usage: { sizeBytes: 1, allocatedBytes, exclusiveBytes: 0 },
})

describe('what a claim takes', () => {
  it.each([
    ['when nothing was told yet', undefined, 0, true],
    ['when what was told is no number', 'lots', 0, true],
    ['not when it is the same', '5000000', 5_000_000, false],
    ['not when a little was written', String(10 * MiB), 10.9 * MiB, false],
    ['when a small disk changed by a MiB', String(10 * MiB), 11 * MiB, true],
    ['not when a large disk changed by less than a hundredth', String(1000 * MiB), 1009 * MiB, false],
    ['when a large disk changed by a hundredth', String(1000 * MiB), 1010 * MiB, true],
    ['when a huge disk changed by 16 MiB', String(1_000_000 * MiB), 1_000_016 * MiB, true],
    ['when room was given back', String(100 * MiB), 50 * MiB, true],
  ])('is told %s', (_when, told, now, wanted) => {
    expect(worthTelling([figure(told, now)], 10)).toHaveLength(wanted ? 1 : 0)
  })

  it('is told of some at a time, of the furthest off first', () => {
    const far = figure(String(MiB), 500 * MiB, 'far')
    const near = figure(String(MiB), 50 * MiB, 'near')
    const all = [near, ...Array.from({ length: 10_000 }, (_, n) => figure(undefined, 0, `new-${n}`)), far]
    expect(worthTelling(all, 100)).toHaveLength(100)
    expect(worthTelling([near, far], 1)).toEqual([far])
  })

  it('is in an annotation and in metrics while its machine writes', async () => {
    await using cluster = await TestEngine.start()
    await cluster.client.create(persistentVolumeClaims, claimOf('disk'))
    const shown = (passes: (bytes: number) => boolean): Promise<PersistentVolumeClaim> =>
      until(
        'the claim says what it takes',
        async () => {
          cluster.clock.leap(30_000)
          return cluster.client.get(persistentVolumeClaims, { namespace, name: 'disk' })
        },
        ({ metadata }) => passes(Number(metadata.annotations?.[allocatedAnnotation] ?? Number.NaN)),
      )
    const claim = await shown((bytes) => bytes < MiB)
    await cluster.create(machineWithClaims('web', ['disk'], 'Always'))
    await cluster.running('web')
    const { volumes } = cluster.engine.services
    await writePattern(await volumes.images(volumeNameFor(claim)), [{ at: 0, bytes: 8 * MiB, value: 1 }])
    const later = await shown((bytes) => bytes >= 8 * MiB)
    const { body } = await cluster.client.transport.request({ method: 'GET', path: '/metrics' })
    let text = ''
    for await (const chunk of body) text += Buffer.from(chunk).toString()
    const labels = '{namespace="default",persistentvolumeclaim="disk"}'
    expect(text).toContain(`kubelet_volume_stats_capacity_bytes${labels} ${32 * MiB}\n`)
    const used = later.metadata.annotations?.[allocatedAnnotation] ?? ''
    expect(text).toContain(`kubelet_volume_stats_used_bytes${labels} ${used}\n`)
  })
})
