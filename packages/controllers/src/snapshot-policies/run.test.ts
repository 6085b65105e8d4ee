import {
  snapshotPolicyUidLabel,
  type PolicyMachineStatus,
  type SnapshotPolicy,
  type VirtualMachineSnapshot,
} from '@berth/api'
import { describe, expect, it } from 'vitest'
import { newSnapshot, snapshotName } from './made-snapshot.ts'
import { runStep, type MachineInRun } from './run.ts'
import { chooses } from './selection.ts'

const scheduled = new Date('2026-01-31T02:30:00Z')
const nowMs = scheduled.getTime() + 60_000

const policy: SnapshotPolicy = {
  apiVersion: 'berth.dev/v1alpha1',
  kind: 'SnapshotPolicy',
  metadata: { name: 'nightly', namespace: 'default', uid: 'u1' },
  spec: { schedule: '30 2 * * *', keep: { count: 7 }, labels: { tier: 'gold' }, failureDeadline: '2m' },
}

function machine(
  name: string,
  is?: 'good' | 'failed' | 'pending' | 'old',
  before?: PolicyMachineStatus['result'],
): MachineInRun {
  const snapshot = snapshotName({ policy: 'nightly', machine: name, scheduled })
  const made: VirtualMachineSnapshot | undefined =
    is === undefined
      ? undefined
      : {
          ...newSnapshot(policy, { machine: name, scheduled }),
          status:
            is === 'good'
              ? { phase: 'Succeeded', readyToUse: true }
              : is === 'failed'
                ? { phase: 'Failed', error: { message: 'no space left' } }
                : { phase: 'InProgress', readyToUse: false },
        }
  if (made !== undefined) {
    made.metadata.creationTimestamp = is === 'old' ? '2026-01-30T02:30:00Z' : '2026-01-31T02:30:01Z'
  }
  return {
    name,
    snapshot,
    made,
    before: before === undefined ? undefined : { name, result: before, snapshot, message: 'as before' },
    there: true,
  }
}

const look = (machines: MachineInRun[], stopped?: string) => runStep({ machines, stopped, deadlineMs: 120_000, nowMs })
const words = (machines: MachineInRun[], stopped?: string): string[] =>
  look(machines, stopped).machines.map(({ name, result, message = '' }) => `${name} ${result}: ${message}`)

describe('a step of a run', () => {
  it('begins a few at a time and goes on as they end', () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f']
    expect(look(names.map((name) => machine(name))).begin).toEqual(['a', 'b', 'c', 'd'])
    const some = [
      machine('a', 'good'),
      machine('b', 'pending'),
      machine('c', 'failed'),
      ...['d', 'e', 'f', 'g'].map((name) => machine(name)),
    ]
    expect(look(some).begin).toEqual(['d', 'e', 'f'])
    expect(look(some).done).toBe(false)
  })

  it('says what each has come to, in words', () => {
    expect(
      words([machine('a', 'good'), machine('b', 'failed'), machine('c', 'pending'), machine('d', 'old'), machine('e')]),
    ).toEqual([
      'a Taken: snapshot a-nightly-20260131-023000 was taken',
      'b Failed: no space left',
      'c Running: the snapshot is being taken',
      'd Failed: not ready after 12 minutes',
      'e Waiting: waits for its turn',
    ])
  })

  it('is done when all have ended, also when there are none', () => {
    expect(look([]).done).toBe(true)
    expect(look([machine('a', 'good'), machine('b', 'failed')]).done).toBe(true)
  })

  it('does not make anew what has ended and was deleted since', () => {
    const { begin, done, machines } = look([machine('a', undefined, 'Taken'), machine('b', undefined, 'Failed')])
    expect([begin, done]).toEqual([[], true])
    expect(machines.map(({ message }) => message)).toEqual(['as before', 'as before'])
  })

  it('begins nothing once it is stopped, and waits for what runs', () => {
    const machines = [machine('a', 'pending'), machine('b')]
    expect(look(machines, 'not taken: the policy was suspended before its turn')).toMatchObject({
      begin: [],
      done: false,
      machines: [{ result: 'Running' }, { result: 'Failed' }],
    })
  })

  it('gives up on a machine that is gone', () => {
    expect(words([{ ...machine('a'), there: false }])).toEqual(['a Failed: the machine was deleted before its turn'])
  })
})

describe('what is made', () => {
  it('carries the policy, outlives it, and is called the same whoever makes it', () => {
    expect(newSnapshot(policy, { machine: 'web', scheduled })).toEqual({
      apiVersion: 'snapshot.kubevirt.io/v1beta1',
      kind: 'VirtualMachineSnapshot',
      metadata: {
        name: 'web-nightly-20260131-023000',
        namespace: 'default',
        labels: {
          tier: 'gold',
          'berth.dev/snapshot-policy': 'nightly',
          [snapshotPolicyUidLabel]: 'u1',
          'berth.dev/snapshot-due': '1769826600',
        },
      },
      spec: { source: { apiGroup: 'kubevirt.io', kind: 'VirtualMachine', name: 'web' }, failureDeadline: '2m' },
    })
  })

  it('has a name that fits and is its own, however long the machine’s is', () => {
    const [a, b] = ['x', 'y'].map((end) =>
      snapshotName({ policy: 'nightly', machine: `${'m'.repeat(252)}${end}`, scheduled }),
    )
    expect(a).not.toBe(b)
    expect(a?.length).toBeLessThanOrEqual(253)
  })
})

describe('a machine is chosen', () => {
  const vm = (metadata: object) => ({
    apiVersion: 'v1',
    kind: 'VirtualMachine',
    metadata: { namespace: 'default', ...metadata },
  })
  const selecting = (selector?: object): SnapshotPolicy => ({
    ...policy,
    spec: { ...policy.spec, ...(selector === undefined ? {} : { selector }) },
  })
  it.each([
    ['by its labels', { labels: { app: 'web' } }, { matchLabels: { app: 'web' } }, true],
    ['by no other labels', { labels: { app: 'db' } }, { matchLabels: { app: 'web' } }, false],
    ['as one of all', {}, {}, true],
    ['by nothing', {}, undefined, false],
    ['by its annotation', { annotations: { 'berth.dev/snapshot-policy': 'nightly' } }, undefined, true],
    ['by one of several', { annotations: { 'berth.dev/snapshot-policy': 'hourly, nightly' } }, undefined, true],
    ['by no part of a name', { annotations: { 'berth.dev/snapshot-policy': 'nightly2' } }, undefined, false],
    ['not while it is deleted', { deletionTimestamp: '2026-01-01T00:00:00Z' }, {}, false],
    ['not in another namespace', { namespace: 'other' }, {}, false],
  ])('%s', (_how, metadata, selector, chosen) => {
    expect(chooses(selecting(selector), vm(metadata))).toBe(chosen)
  })
})
