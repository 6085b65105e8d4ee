/** The controller on a real API server, over days that pass in seconds. */

import {
  snapshotPolicies,
  snapshotPolicyUidLabel,
  virtualMachineRestores,
  virtualMachines,
  virtualMachineSnapshots,
  type SnapshotPolicy,
  type SnapshotPolicySpec,
  type VirtualMachine,
  type VirtualMachineSnapshot,
} from '@berth/api'
import { createClient, events, type Client } from '@berth/kube'
import { formatTime } from '@berth/meta'
import { describe, expect, it } from 'vitest'
import { startControllers } from '../start.ts'
import { TestCluster } from '../testing/cluster.ts'

const namespace = 'default'
const hourMs = 3_600_000
const rounds = Number(process.env['BERTH_POLICY_ROUNDS'] ?? 1)

function start(cluster: TestCluster, client: Client = cluster.client): ReturnType<typeof startControllers> {
  const { clock } = cluster
  return startControllers({ client, clock, random: () => 0, identity: 'test', only: ['snapshot-policies'] })
}

const machine = (name: string, labels: Record<string, string> = {}): VirtualMachine => ({
  apiVersion: 'kubevirt.io/v1',
  kind: 'VirtualMachine',
  metadata: { name, namespace, labels },
  spec: { template: { spec: { domain: { devices: {} } } } },
})

const policyOf = (name: string, spec: Partial<SnapshotPolicySpec>): SnapshotPolicy => ({
  apiVersion: 'berth.dev/v1alpha1',
  kind: 'SnapshotPolicy',
  metadata: { name, namespace },
  spec: { selector: {}, keep: { count: 3 }, ...spec },
})

async function made(cluster: TestCluster): Promise<VirtualMachineSnapshot[]> {
  return (await cluster.client.list(virtualMachineSnapshots, { namespace })).items
}

/** What KubeVirt's controller would say, in the test's time. */
async function finish(
  cluster: TestCluster,
  snapshot: VirtualMachineSnapshot,
  result: 'good' | 'failed',
): Promise<void> {
  const creationTime = snapshot.metadata.creationTimestamp ?? ''
  const status: VirtualMachineSnapshot['status'] =
    result === 'good'
      ? { phase: 'Succeeded', readyToUse: true, creationTime }
      : { phase: 'Failed', readyToUse: false, error: { message: 'no space left on storage' } }
  await cluster.client.update(virtualMachineSnapshots, { ...snapshot, status })
}

async function finishAll(cluster: TestCluster, result: 'good' | 'failed' = 'good'): Promise<void> {
  for (const snapshot of await made(cluster)) if (snapshot.status === undefined) await finish(cluster, snapshot, result)
  await cluster.settle()
}

const statusOf = async (cluster: TestCluster, name: string) =>
  (await cluster.client.get(snapshotPolicies, { namespace, name })).status ?? {}
const names = async (cluster: TestCluster): Promise<string[]> =>
  (await made(cluster)).map(({ metadata }) => metadata.name ?? '').toSorted()

describe('a policy at work', () => {
  it('takes snapshots when they are due, keeps as many as it says, and tells how it went', async () => {
    await using cluster = await TestCluster.start()
    const running = start(cluster)
    for (const name of ['db', 'web']) await cluster.client.create(virtualMachines, machine(name))
    await cluster.client.create(snapshotPolicies, policyOf('nightly', { schedule: '30 2 * * *', keep: { count: 2 } }))
    await cluster.advance(hourMs)
    expect(await statusOf(cluster, 'nightly')).toMatchObject({
      nextRun: '2026-01-01T02:30:00Z',
      machines: [
        { name: 'db', result: 'Waiting', message: 'no run yet', kept: 0 },
        { name: 'web', result: 'Waiting' },
      ],
    })
    await cluster.advance(1.6 * hourMs)
    expect(await names(cluster)).toEqual(['db-nightly-20260101-023000', 'web-nightly-20260101-023000'])
    expect((await statusOf(cluster, 'nightly')).run?.machines).toEqual(['db', 'web'])
    await finishAll(cluster)
    expect(await statusOf(cluster, 'nightly')).toMatchObject({
      lastRun: '2026-01-01T02:30:00Z',
      nextRun: '2026-01-02T02:30:00Z',
      machines: [
        { name: 'db', result: 'Taken', kept: 1, lastGood: 'db-nightly-20260101-023000' },
        { name: 'web', result: 'Taken' },
      ],
      conditions: [
        { type: 'Ready', status: 'True' },
        { type: 'LastRunSucceeded', status: 'True', message: '2 snapshots taken' },
      ],
    })
    for (let day = 0; day < 3; day += 1) {
      await cluster.advance(24 * hourMs)
      await finishAll(cluster)
    }
    await cluster.advance(60_000)
    expect(await names(cluster)).toEqual([
      'db-nightly-20260103-023000',
      'db-nightly-20260104-023000',
      'web-nightly-20260103-023000',
      'web-nightly-20260104-023000',
    ])
    const told = (await cluster.client.list(events, { namespace })).items.map(
      ({ reason, involvedObject }) => `${involvedObject?.kind ?? ''} ${reason ?? ''}`,
    )
    expect(told).toEqual(
      expect.arrayContaining([
        'SnapshotPolicy RunCompleted',
        'SnapshotPolicy SnapshotsDeleted',
        'VirtualMachine PolicySnapshotTaken',
      ]),
    )
    await running.stop()
  })

  it('says in plain words what failed, keeps the newest good one, and clears failed ones away after a time', async () => {
    await using cluster = await TestCluster.start()
    const running = start(cluster)
    await cluster.client.create(virtualMachines, machine('web'))
    await cluster.client.create(
      snapshotPolicies,
      policyOf('hourly', { every: '1h', keep: { count: 1, failed: '90m' } }),
    )
    await cluster.advance(hourMs)
    await finishAll(cluster)
    for (let run = 0; run < 5; run += 1) {
      await cluster.advance(hourMs)
      await finishAll(cluster, 'failed')
    }
    expect(await names(cluster)).toEqual([
      'web-hourly-20260101-010000',
      'web-hourly-20260101-050000',
      'web-hourly-20260101-060000',
    ])
    expect((await statusOf(cluster, 'hourly')).conditions?.[1]).toMatchObject({
      type: 'LastRunSucceeded',
      status: 'False',
      message: '1 of 1 failed: web: no space left on storage',
    })
    await running.stop()
  })

  it('does one run for all that were missed, and none for the time it was suspended', async () => {
    await using cluster = await TestCluster.start()
    await cluster.client.create(virtualMachines, machine('web'))
    await cluster.client.create(snapshotPolicies, policyOf('hourly', { every: '1h', keep: { count: 50 } }))
    await cluster.advance(10.5 * hourMs)
    const running = start(cluster)
    await running.ready
    await cluster.advance(60_000)
    expect(await names(cluster)).toEqual(['web-hourly-20260101-100000'])
    await finishAll(cluster)
    const suspend = (value: boolean) =>
      cluster.client.patch(
        snapshotPolicies,
        { namespace, name: 'hourly' },
        { type: 'merge', patch: { spec: { suspend: value } } },
      )
    await suspend(true)
    await cluster.advance(5 * hourMs)
    expect(await statusOf(cluster, 'hourly')).not.toHaveProperty('nextRun')
    await suspend(false)
    await cluster.advance(60_000)
    expect(await names(cluster)).toHaveLength(1)
    await cluster.advance(hourMs)
    expect(await names(cluster)).toEqual(['web-hourly-20260101-100000', 'web-hourly-20260101-160000'])
    await running.stop()
  })

  it('never runs twice at once, begins only in its window, and gives up on what never ends', async () => {
    await using cluster = await TestCluster.start()
    const running = start(cluster)
    await cluster.client.create(virtualMachines, machine('web'))
    const window = { start: '01:00', end: '03:00' }
    await cluster.client.create(snapshotPolicies, policyOf('often', { every: '10m', window, failureDeadline: '20m' }))
    await cluster.advance(hourMs + 25 * 60_000)
    // Due at 01:10 and 01:20, too, but the first is still being taken.
    expect(await names(cluster)).toEqual(['web-often-20260101-010000'])
    await cluster.advance(10 * 60_000)
    expect((await statusOf(cluster, 'often')).machines?.[0]?.result).toBe('Running')
    expect(await names(cluster)).toEqual(['web-often-20260101-010000', 'web-often-20260101-013000'])
    await finishAll(cluster)
    await cluster.advance(12 * hourMs)
    expect((await statusOf(cluster, 'often')).nextRun).toBe('2026-01-02T01:00:00Z')
    const late = (await names(cluster)).filter((name) => name > 'web-often-20260101-030000')
    expect(late).toEqual([])
    await running.stop()
  })

  it('leaves snapshots when it is deleted, and what is not its own while it lives', async () => {
    await using cluster = await TestCluster.start()
    const running = start(cluster)
    await cluster.client.create(virtualMachines, machine('web'))
    await cluster.client.create(virtualMachines, {
      ...machine('other'),
      metadata: { name: 'other', namespace, annotations: { 'berth.dev/snapshot-policy': 'hourly' } },
    })
    const spec = { every: '1h', keep: { count: 1 }, selector: { matchLabels: { no: 'one' } } }
    await cluster.client.create(snapshotPolicies, policyOf('hourly', spec))
    await cluster.advance(hourMs)
    await finishAll(cluster)
    expect(await names(cluster)).toEqual(['other-hourly-20260101-010000'])
    // Somebody keeps it: without the policy's mark it is theirs.
    const [kept] = await made(cluster)
    const labels = { [snapshotPolicyUidLabel]: null }
    await cluster.client.patch(
      virtualMachineSnapshots,
      { namespace, name: kept?.metadata.name ?? '' },
      { type: 'merge', patch: { metadata: { labels } } },
    )
    for (let run = 0; run < 3; run += 1) {
      await cluster.advance(hourMs)
      await finishAll(cluster)
    }
    await cluster.advance(60_000)
    expect(await names(cluster)).toEqual(['other-hourly-20260101-010000', 'other-hourly-20260101-040000'])
    await cluster.client.delete(snapshotPolicies, { namespace, name: 'hourly' })
    await cluster.advance(100 * hourMs)
    expect(await names(cluster)).toHaveLength(2)
    await running.stop()
  })

  it('says what a cluster let through that cannot be kept', async () => {
    await using cluster = await TestCluster.start()
    const running = start(cluster)
    await cluster.client.create(snapshotPolicies, policyOf('odd', { schedule: 'at night' }))
    await cluster.advance(1000)
    expect((await statusOf(cluster, 'odd')).conditions?.[0]).toMatchObject({
      type: 'Ready',
      status: 'False',
      message: expect.stringContaining('spec.schedule: Invalid value: "at night"') as string,
    })
    await running.stop()
  })
})

describe('whatever happens', () => {
  it.each(Array.from({ length: rounds }, (_, seed) => seed + 1))(
    'nothing goes that must stay (seed %i)',
    async (seed) => {
      await using cluster = await TestCluster.start()
      const random = generator(seed)
      const pick = <T>(list: readonly T[]): T | undefined => list[Math.floor(random() * list.length)]
      const keep = { count: 1 + Math.floor(random() * 3), days: 1, failed: '3h' }
      const spec = { every: '1h', keep, failureDeadline: '5m' }
      const faults: string[] = []
      let left = Number.POSITIVE_INFINITY
      /** Dies after so many requests, and checks each deletion against what is there at that moment. */
      const client = createClient(
        cluster.transport(async (method, path) => {
          left -= 1
          if (left < 0) throw new Error('this process is dead')
          if (path.includes('/virtualmachinesnapshots')) await judge(method, path)
        }),
      )
      const judge = async (method: string, path: string): Promise<void> => {
        if (method !== 'DELETE' && method !== 'POST') return
        const nowMs = cluster.clock.now().getTime()
        const all = await made(cluster)
        if (method === 'POST') {
          const young = all.filter(
            ({ status, metadata }) =>
              status === undefined && nowMs - Date.parse(metadata.creationTimestamp ?? '') <= 15 * 60_000,
          )
          const policy = await cluster.client.get(snapshotPolicies, { namespace, name: 'hourly' })
          const due = String(Date.parse(policy.status?.run?.scheduled ?? '') / 1000)
          if (young.some(({ metadata }) => metadata.labels?.['berth.dev/snapshot-due'] !== due))
            faults.push('two runs at once')
          return
        }
        const name = path.split('/').at(-1)?.split('?')[0] ?? ''
        const fault = naiveFault(all, { name, keep, nowMs, uid, inUse: await restoring(cluster) })
        if (fault !== undefined) faults.push(`${name}: ${fault}`)
      }
      const policy = await cluster.client.create(snapshotPolicies, policyOf('hourly', spec))
      const { uid = '' } = policy.metadata
      for (const name of ['a', 'b', 'c']) await cluster.client.create(virtualMachines, machine(name))
      let running = start(cluster, client)
      for (let step = 0; step < 30; step += 1) {
        await cluster.advance(random() * 1.5 * hourMs)
        for (const snapshot of await made(cluster)) {
          if (snapshot.status === undefined && random() < 0.8)
            await finish(cluster, snapshot, random() < 0.7 ? 'good' : 'failed')
        }
        // What somebody does in the very moment between a look and a deletion, no look can see.
        await cluster.settle()
        const deed = random()
        const one = pick(await made(cluster))?.metadata.name ?? ''
        if (deed < 0.1 && one !== '') await cluster.client.delete(virtualMachineSnapshots, { namespace, name: one })
        else if (deed < 0.2 && one !== '') await restore(cluster, one)
        else if (deed < 0.3) await endRestores(cluster)
        else if (deed < 0.4) {
          const patch = { spec: { suspend: random() < 0.4 } }
          await cluster.client.patch(snapshotPolicies, { namespace, name: 'hourly' }, { type: 'merge', patch })
        } else if (deed < 0.6) {
          // Dies somewhere in what it does next, and a new one takes over.
          left = Math.floor(random() * 12)
          await cluster.advance(random() * 2 * hourMs)
          await running.stop()
          left = Number.POSITIVE_INFINITY
          running = start(cluster, client)
        }
        await cluster.settle()
      }
      await endRestores(cluster)
      await finishAll(cluster)
      await cluster.advance(0.4 * hourMs)
      await finishAll(cluster)
      await cluster.advance(10 * 60_000)
      await running.stop()
      expect(faults).toEqual([])
      // And nothing stays that must go.
      const all = await made(cluster)
      expect(all.length).toBeGreaterThan(0)
      const nowMs = cluster.clock.now().getTime()
      for (const { metadata, status } of all) {
        if (status === undefined) continue
        const fault = naiveFault(all, {
          name: metadata.name ?? '',
          keep,
          nowMs: nowMs - 6 * 60_000,
          uid,
          inUse: new Set(),
        })
        expect([metadata.name, fault]).not.toEqual([metadata.name, undefined])
      }
    },
  )
})

interface Naive {
  name: string
  keep: { count: number; days: number }
  nowMs: number
  uid: string
  inUse: ReadonlySet<string>
}

/** Why a snapshot must not go, by the rules said the long way; undefined when it may. */
function naiveFault(
  all: readonly VirtualMachineSnapshot[],
  { name, keep, nowMs, uid, inUse }: Naive,
): string | undefined {
  const snapshot = all.find(({ metadata }) => metadata.name === name)
  if (snapshot === undefined) return undefined
  if (snapshot.metadata.labels?.[snapshotPolicyUidLabel] !== uid) return 'is not the policy’s'
  if (inUse.has(name)) return 'is being restored from'
  const madeMs = Date.parse(snapshot.metadata.creationTimestamp ?? '')
  if (snapshot.status?.phase === 'Failed') return nowMs - madeMs < 3 * hourMs ? 'failed only just now' : undefined
  if (snapshot.status?.readyToUse !== true) return 'is being taken'
  let newer = 0
  for (const other of all) {
    const sameMachine = other.spec.source.name === snapshot.spec.source.name && other !== snapshot
    const good = other.status?.readyToUse === true && other.metadata.labels?.[snapshotPolicyUidLabel] === uid
    if (sameMachine && good && Date.parse(other.metadata.creationTimestamp ?? '') >= madeMs) newer += 1
  }
  if (newer === 0) return 'is the newest good one'
  if (newer < keep.count && nowMs - madeMs < keep.days * 24 * hourMs) return 'is within count and age'
  return undefined
}

async function restoring(cluster: TestCluster): Promise<Set<string>> {
  const { items } = await cluster.client.list(virtualMachineRestores, { namespace })
  return new Set(
    items.filter(({ status }) => status?.complete !== true).map(({ spec }) => spec.virtualMachineSnapshotName),
  )
}

async function restore(cluster: TestCluster, virtualMachineSnapshotName: string): Promise<void> {
  await cluster.client.create(virtualMachineRestores, {
    apiVersion: 'snapshot.kubevirt.io/v1beta1',
    kind: 'VirtualMachineRestore',
    metadata: { generateName: 'restore-', namespace },
    spec: { target: { apiGroup: 'kubevirt.io', kind: 'VirtualMachine', name: 'a' }, virtualMachineSnapshotName },
  })
}

async function endRestores(cluster: TestCluster): Promise<void> {
  const restoreTime = formatTime(cluster.clock.now())
  for (const each of (await cluster.client.list(virtualMachineRestores, { namespace })).items) {
    await cluster.client.update(virtualMachineRestores, { ...each, status: { complete: true, restoreTime } })
  }
}

/** mulberry32 */
function generator(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
