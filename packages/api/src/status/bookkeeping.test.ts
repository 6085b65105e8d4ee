import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { exampleInstance, exampleMachine } from '../testing/examples.ts'
import type { StateChangeRequest } from '../types/machine.ts'
import { machineConditions } from './conditions.ts'
import { crashLoopDelaySeconds, nextStartFailure, startBackoffMs } from './crash-loop.ts'
import { everRan, finalPhase, withTransition } from './phase.ts'
import { pendingRequests } from './requests.ts'

const now = new Date('2026-01-01T00:00:00Z')

describe('pendingRequests', () => {
  const stop: StateChangeRequest = { action: 'Stop', uid: 'vmi-1' }
  const start: StateChangeRequest = { action: 'Start' }
  it.each([
    ['a stop without an instance', [stop, start], undefined, [start]],
    ['a stop of another instance', [{ action: 'Stop', uid: 'other' } as const], exampleInstance('Running'), []],
    ['a stop without uid', [{ action: 'Stop' } as const], exampleInstance('Running'), []],
    ['a live stop keeps what follows', [stop, start], exampleInstance('Running'), [stop, start]],
    ['a start that is done', [start], exampleInstance('Pending'), []],
    ['a start beside a final instance', [start], exampleInstance('Failed'), [start]],
    ['a start beside an ending instance', [start], exampleInstance('Running', { deleted: true }), [start]],
    ['nothing', undefined, undefined, []],
  ])('%s', (_what, requests, instance, rest) => {
    expect(pendingRequests(requests, instance)).toEqual(rest)
  })
})

describe('crash loop', () => {
  it.each([
    [1, 0, 10],
    [1, 0.999, 14],
    [2, 0, 40],
    [3, 0.5, 112],
    [4, 0, 160],
    [6, 0, 300],
    [1000, 0.5, 300],
  ])('failure %i with random %f waits %i s', (failures, random, seconds) => {
    expect(crashLoopDelaySeconds(failures, random)).toBe(seconds)
  })

  it('counts an instance that ended without running once', () => {
    const input = { strategy: 'Always' as const, now, random: 0 }
    const first = nextStartFailure({ ...input, current: undefined, instance: exampleInstance('Failed') })
    expect(first).toEqual({
      consecutiveFailCount: 1,
      lastFailedVMIUID: 'vmi-1',
      retryAfterTimestamp: '2026-01-01T00:00:10Z',
    })
    expect(nextStartFailure({ ...input, current: first, instance: exampleInstance('Failed') })).toBe(first)
    const second = nextStartFailure({ ...input, current: first, instance: exampleInstance('Failed', { uid: 'vmi-2' }) })
    expect(second).toMatchObject({ consecutiveFailCount: 2, retryAfterTimestamp: '2026-01-01T00:00:40Z' })
    expect(nextStartFailure({ ...input, current: second, instance: undefined })).toBe(second)
    expect(startBackoffMs(first, now)).toBe(10_000)
    expect(startBackoffMs(first, new Date('2026-01-01T00:01:00Z'))).toBe(0)
    expect(startBackoffMs(null, now)).toBe(0)
  })

  it('forgets when the instance ran, or the strategy starts nothing by itself', () => {
    const current = { consecutiveFailCount: 3 }
    const ran = exampleInstance('Failed', { ran: true })
    expect(nextStartFailure({ current, strategy: 'Always', instance: ran, now, random: 0 })).toBeUndefined()
    expect(nextStartFailure({ current, strategy: 'Manual', instance: undefined, now, random: 0 })).toBeUndefined()
    expect(nextStartFailure({ current, strategy: 'Halted', instance: undefined, now, random: 0 })).toBeUndefined()
  })

  it('never waits longer than five minutes nor less than ten seconds', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1_000_000 }),
        fc.double({ min: 0, max: 0.999_999, noNaN: true }),
        (n, random) => {
          const delay = crashLoopDelaySeconds(n, random)
          return delay >= 10 && delay <= 300 && Number.isInteger(delay)
        },
      ),
    )
  })
})

describe('phases', () => {
  it.each([
    ['guest-shutdown', true, 'Succeeded'],
    ['destroyed', true, 'Failed'],
    ['destroyed', false, 'Succeeded'],
    ['guest-panic', true, 'Failed'],
    ['crashed', false, 'Failed'],
    ['watchdog', true, 'Failed'],
  ] as const)('%s with ACPI %s ends as %s', (end, acpi, phase) => {
    expect(finalPhase(end, acpi)).toBe(phase)
  })

  it('keeps the first time of each phase', () => {
    const first = withTransition(undefined, 'Running', 'a')
    expect(withTransition(first, 'Running', 'b')).toEqual([{ phase: 'Running', phaseTransitionTimestamp: 'a' }])
    expect(everRan(exampleInstance('Failed', { ran: true }))).toBe(true)
    expect(everRan(exampleInstance('Failed'))).toBe(false)
  })
})

describe('machineConditions', () => {
  const at = '2025-01-01T00:00:00Z'
  it('is not ready without an instance, and does not change by itself', () => {
    const machine = exampleMachine()
    const first = machineConditions({ machine, instance: undefined, failure: undefined, now })
    expect(first).toEqual([
      {
        type: 'Ready',
        status: 'False',
        reason: 'VMINotExists',
        message: 'VMI does not exist',
        lastTransitionTime: '2026-01-01T00:00:00Z',
      },
    ])
    machine.status = { conditions: [...first] }
    const later = new Date('2026-02-01T00:00:00Z')
    expect(machineConditions({ machine, instance: undefined, failure: undefined, now: later })).toBe(
      machine.status.conditions,
    )
  })

  it('mirrors the instance and drops what the instance drops; its own stay', () => {
    const machine = exampleMachine('Always', {
      conditions: [
        { type: 'Paused', status: 'True' },
        { type: 'RestartRequired', status: 'True', lastTransitionTime: at },
        { type: 'Failure', status: 'True', reason: 'FailedCreate' },
      ],
    })
    const ready = { type: 'Ready', status: 'True', lastTransitionTime: at }
    const agent = { type: 'AgentConnected', status: 'True', lastTransitionTime: at }
    const instance = exampleInstance('Running', { conditions: [ready, agent] })
    expect(machineConditions({ machine, instance, failure: undefined, now })).toEqual([
      { type: 'RestartRequired', status: 'True', lastTransitionTime: at },
      agent,
      ready,
    ])
  })

  it('reports a failure and keeps its time', () => {
    const machine = exampleMachine()
    const failure = { reason: 'FailedCreate', message: 'no' }
    const first = machineConditions({ machine, instance: undefined, failure, now })
    expect(first.find(({ type }) => type === 'Failure')).toMatchObject({ status: 'True', ...failure })
    machine.status = { conditions: [...first] }
    expect(machineConditions({ machine, instance: undefined, failure, now: new Date(0) })).toBe(
      machine.status.conditions,
    )
  })
})
