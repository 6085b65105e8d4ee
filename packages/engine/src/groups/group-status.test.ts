import { describe, expect, it } from 'vitest'
import { groupStatus, type GroupFailure, type GroupStatus } from './group-status.ts'

const statusAfter = (before: GroupStatus | undefined, failure: GroupFailure | undefined, second: number): GroupStatus =>
  groupStatus({
    before,
    selector: { matchLabels: { app: 'web' } },
    replicas: 0,
    readyReplicas: 0,
    failure,
    paused: undefined,
    now: new Date(Date.UTC(2026, 0, 1, 0, 0, second)),
  })

const exceeded = (name: string): GroupFailure => ({
  reason: 'FailedCreate',
  message: `virtualmachineinstances "${name}" is forbidden: exceeded quota`,
})

describe('the failure of a group', () => {
  const first = statusAfter(undefined, exceeded('web-x7k2p'), 0)

  it('does not change the status again when it goes on under another generated name', () => {
    expect(first.conditions).toMatchObject([{ type: 'ReplicaFailure', message: exceeded('web-x7k2p').message }])
    expect(statusAfter(first, exceeded('web-9qq4z'), 5)).toEqual(first)
  })

  it('is told anew when it is of another kind, and goes when it is over', () => {
    const failure = { reason: 'FailedDelete', message: 'not allowed' }
    expect(statusAfter(first, failure, 5).conditions).toMatchObject([{ type: 'ReplicaFailure', ...failure }])
    expect(statusAfter(first, undefined, 5).conditions).toEqual([])
  })
})
