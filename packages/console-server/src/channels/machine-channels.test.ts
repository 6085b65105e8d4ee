import { expect, test, vi } from 'vitest'
import { virtualMachineInstances, virtualMachines, type VirtualMachine } from '@berth/api'
import type { ChannelName, Channels, LiveObject, MetricsSample, TimelineEntry, WhyUpdate } from '@berth/view'
import type { ChannelKind, Refusal } from './channel.ts'
import { useChannelHost } from './testing/channel-host.ts'
import { metricsChannel } from './metrics/metrics-channel.ts'
import { objectChannel } from './object/object-channel.ts'
import { timelineChannel } from './timeline/timeline-channel.ts'
import { whyChannel } from './why/why-channel.ts'

const host = useChannelHost()

function open<Name extends ChannelName>(
  kind: ChannelKind<Name>,
  request: Channels[Name]['request'],
  given = host().context(),
): { updates: Channels[Name]['update'][]; refusals: Refusal[]; close: () => void; resync: () => void } {
  const updates: Channels[Name]['update'][] = []
  const refusals: Refusal[] = []
  const channel = kind.open({
    context: given,
    request: kind.parse(request),
    send: (update) => updates.push(update),
    refuse: (refusal) => refusals.push(refusal),
  })
  return { updates, refusals, close: () => channel.close(), resync: () => channel.resync() }
}

const machine = (name: string): VirtualMachine => ({
  apiVersion: 'kubevirt.io/v1',
  kind: 'VirtualMachine',
  metadata: { name, namespace: 'default' },
  spec: {
    runStrategy: 'Always',
    template: {
      spec: {
        domain: { memory: { guest: '64Mi' }, devices: { disks: [{ name: 'data', disk: { bus: 'virtio' } }] } },
        volumes: [{ name: 'data', emptyDisk: { capacity: '1Gi' } }],
      },
    },
  },
})
const at = (name: string) => ({ cluster: 'here', namespace: 'default', name })

test('one machine from its making to its end: object, why, timeline and metrics follow it', async () => {
  const target = at('web')
  const object = open(objectChannel, { ...target, group: 'kubevirt.io', version: 'v1', resource: 'virtualmachines' })
  const why = open(whyChannel, target)
  const timeline = open(timelineChannel, target)
  const metrics = open(metricsChannel, target)
  const lastObject = (): LiveObject | undefined => object.updates.at(-1)
  const lastWhy = (): WhyUpdate | undefined => why.updates.at(-1)
  const entries = (): TimelineEntry[] => timeline.updates.flatMap((update) => update.entries)
  const samples = (): MetricsSample[] =>
    metrics.updates.flatMap((update) => (update.kind === 'none' ? [] : update.samples))
  try {
    await vi.waitFor(() => expect(lastObject()).toEqual({ state: 'absent' }), { timeout: 30_000 })
    await vi.waitFor(() => expect(metrics.updates.at(-1)).toMatchObject({ kind: 'none' }), { timeout: 30_000 })

    await host().engine.client.create(virtualMachines, machine('web'))
    await vi.waitFor(() => expect(lastWhy()).toMatchObject({ asWished: true, status: 'Running', wished: 'running' }), {
      timeout: 30_000,
    })
    expect(lastObject()).toMatchObject({ state: 'present', object: { metadata: { name: 'web' } } })
    expect(JSON.stringify(lastObject())).not.toContain('managedFields')

    const patch = { spec: { template: { spec: { hostname: 'changed' } } } }
    await host().engine.client.patch(virtualMachines, target, { type: 'merge', patch })
    await vi.waitFor(
      () =>
        expect(entries()).toEqual(
          expect.arrayContaining([
            expect.objectContaining({ kind: 'change', title: 'Created' }),
            expect.objectContaining({ kind: 'state', title: 'Running' }),
            expect.objectContaining({ kind: 'event', title: 'SuccessfulCreate' }),
            expect.objectContaining({
              kind: 'change',
              changes: [{ path: 'spec.template.spec.hostname', after: 'changed' }],
            }),
          ]),
        ),
      { timeout: 30_000 },
    )
    await vi.waitFor(
      () => expect(samples().at(-1)).toMatchObject({ cpu: expect.any(Number), memoryUsed: expect.any(Number) }),
      { timeout: 30_000 },
    )

    await host().engine.client.delete(virtualMachines, target)
    await vi.waitFor(() => expect(lastObject()).toEqual({ state: 'absent' }), { timeout: 30_000 })
    await host().engine.client.list(virtualMachineInstances)
  } finally {
    for (const channel of [object, why, timeline, metrics]) channel.close()
  }
})

test('a machine that waits for its claim says so', async () => {
  const target = at('stuck')
  const waiting = machine('stuck')
  waiting.spec.template.spec.volumes = [{ name: 'data', persistentVolumeClaim: { claimName: 'nowhere' } }]
  await host().engine.client.create(virtualMachines, waiting)
  const why = open(whyChannel, target)
  try {
    await vi.waitFor(() => expect(why.updates.at(-1)?.summary).toContain('nowhere'), { timeout: 30_000 })
    expect(why.updates.at(-1)).toMatchObject({ asWished: false, wished: 'running' })
    const before = why.updates.length
    why.resync()
    expect(why.updates.length).toBe(before + 1)
  } finally {
    why.close()
  }
})

test('who is not signed in at a cluster, or asks for none that is there, is refused', () => {
  const elsewhere = { cluster: 'other', namespace: 'default', name: 'web' }
  for (const kind of [whyChannel, timelineChannel, metricsChannel] as const) {
    expect(open(kind as typeof whyChannel, elsewhere).refusals).toMatchObject([{ reason: 'NotFound' }])
    expect(open(kind as typeof whyChannel, at('web'), host().context([])).refusals).toMatchObject([
      { reason: 'Forbidden' },
    ])
  }
})

test.each([
  null,
  'x',
  {},
  { cluster: 'here', namespace: '../x', name: 'y' },
  { cluster: 'here', namespace: 'a', name: 'b/c' },
  { cluster: 'here', namespace: 'a', name: 'x'.repeat(254) },
])('a request that is none is refused: %j', (request) => {
  expect(() => whyChannel.parse(request)).toThrow(/request/)
  expect(() => objectChannel.parse(request)).toThrow(/request/)
})
