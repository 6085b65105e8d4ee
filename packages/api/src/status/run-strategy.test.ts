import { describe, expect, it } from 'vitest'
import { exampleInstance, exampleMachine } from '../testing/examples.ts'
import type { VirtualMachineInstance } from '../types/instance.ts'
import { runStrategies, type RunStrategy, type StateChangeRequest } from '../types/machine.ts'
import { isSetToStart, nextAction, strategyOf, type InstanceState, type RequestState } from './run-strategy.ts'

const instances: Record<InstanceState, VirtualMachineInstance | undefined> = {
  absent: undefined,
  live: exampleInstance('Running'),
  succeeded: exampleInstance('Succeeded'),
  failed: exampleInstance('Failed'),
  ending: exampleInstance('Running', { deleted: true }),
}
const requests: Record<RequestState, StateChangeRequest[]> = {
  none: [],
  start: [{ action: 'Start' }],
  'start-paused': [{ action: 'Start', data: { paused: 'true' } }],
  stop: [{ action: 'Stop', uid: 'vmi-1' }],
}
const states: InstanceState[] = ['absent', 'live', 'succeeded', 'failed', 'ending']

/**
 * What is done, per strategy and request, with the instance absent, live, succeeded, failed, ending.
 * c create, d delete, r delete and start again, s switch to Always, . nothing
 */
const expected: Record<RunStrategy, Record<RequestState, string>> = {
  Always: { none: 'c.dd.', start: 'c.dd.', 'start-paused': 'c.dd.', stop: 'cddd.' },
  RerunOnFailure: { none: '..dr.', start: 'c.dd.', 'start-paused': 'c.dd.', stop: '.ddd.' },
  Manual: { none: '.....', start: 'c.dd.', 'start-paused': 'c.dd.', stop: '.ddd.' },
  // A live instance makes a start done, so a paused start only counts without one.
  Halted: { none: '.ddd.', start: '.ddd.', 'start-paused': 'sdss.', stop: '.ddd.' },
  Once: { none: 'c....', start: 'c....', 'start-paused': 'c....', stop: 'cddd.' },
  WaitAsReceiver: { none: 'c....', start: 'c....', 'start-paused': 'c....', stop: 'cddd.' },
}

describe('nextAction', () => {
  const cases = runStrategies.flatMap((strategy) =>
    (Object.keys(requests) as RequestState[]).map((request) => [strategy, request] as const),
  )
  it.each(cases)('%s with request %s', (strategy, request) => {
    const machine = exampleMachine(strategy, { runStrategy: strategy, stateChangeRequests: requests[request] })
    const done = states.map((state) => {
      const action = nextAction(machine, instances[state])
      if (action.do === 'delete') return action.instead === 'start' ? 'r' : 'd'
      return { create: 'c', switch: 's', nothing: '.' }[action.do]
    })
    expect(done.join('')).toBe(expected[strategy][request])
  })

  it('starts by itself when RerunOnFailure has just become the strategy, and only then', () => {
    expect(nextAction(exampleMachine('RerunOnFailure'), undefined)).toEqual({ do: 'create' })
    expect(nextAction(exampleMachine('RerunOnFailure', { runStrategy: 'Halted' }), undefined)).toEqual({ do: 'create' })
    expect(nextAction(exampleMachine('RerunOnFailure', { runStrategy: 'RerunOnFailure' }), undefined)).toEqual({
      do: 'nothing',
    })
  })

  it('only takes the instance away while the machine is being deleted', () => {
    const machine = exampleMachine('Always')
    machine.metadata.deletionTimestamp = '2026-01-01T00:00:00Z'
    expect(states.map((state) => nextAction(machine, instances[state]).do)).toEqual([
      'nothing',
      'delete',
      'delete',
      'delete',
      'nothing',
    ])
  })
})

describe('strategyOf', () => {
  it.each([
    [{ running: true }, 'Always'],
    [{ running: false }, 'Halted'],
    [{}, 'Halted'],
    [{ runStrategy: 'Once' as const }, 'Once'],
  ])('%j is %s', (fields, strategy) => {
    expect(strategyOf({ ...fields, template: exampleMachine().spec.template })).toBe(strategy)
  })
})

describe('isSetToStart', () => {
  it.each<[RunStrategy, RequestState, InstanceState, boolean]>([
    ['Always', 'none', 'absent', true],
    ['Halted', 'none', 'live', false],
    ['Manual', 'none', 'absent', false],
    ['Manual', 'start', 'absent', true],
    ['Manual', 'none', 'live', true],
    ['Manual', 'stop', 'live', false],
    ['RerunOnFailure', 'none', 'succeeded', false],
    ['RerunOnFailure', 'none', 'failed', true],
    ['RerunOnFailure', 'none', 'absent', false],
    ['RerunOnFailure', 'start', 'absent', true],
    ['Once', 'none', 'absent', true],
    ['Once', 'none', 'succeeded', false],
    ['WaitAsReceiver', 'none', 'absent', false],
  ])('%s, request %s, instance %s: %s', (strategy, request, state, result) => {
    const machine = exampleMachine(strategy, { runStrategy: strategy, stateChangeRequests: requests[request] })
    expect(isSetToStart(machine, instances[state])).toBe(result)
  })
})
