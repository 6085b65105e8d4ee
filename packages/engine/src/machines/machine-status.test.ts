import type { VirtualMachineInstance } from '@berth/api'
import { expect, it } from 'vitest'
import { instanceOf, machineOf } from '../testing/manifests.ts'
import { machineStatus, type StatusInput } from './machine-status.ts'

const now = new Date('2026-01-01T00:00:00Z')

function input(more: Partial<StatusInput> = {}): StatusInput {
  const machine = machineOf('web')
  machine.metadata.generation = 3
  return {
    machine,
    instance: undefined,
    outcome: {},
    dataVolumes: [],
    claims: [],
    now,
    random: 0,
    volumeSnapshots: [],
    ...more,
  }
}

function running(): VirtualMachineInstance {
  const instance = instanceOf('web')
  instance.metadata.uid = 'vmi-1'
  instance.metadata.annotations = { 'kubevirt.io/vm-generation': '2' }
  instance.status = {
    phase: 'Running',
    conditions: [
      { type: 'Ready', status: 'True' },
      { type: 'AgentConnected', status: 'True' },
    ],
  }
  return instance
}

it('is the very same object when nothing changed', () => {
  const first = machineStatus(input({ instance: running() }))
  const again = input({ instance: running(), now: new Date('2026-01-02T00:00:00Z') })
  if (first !== undefined) again.machine = { ...again.machine, status: first }
  expect(machineStatus(again)).toBe(first)
})

it('mirrors a running instance', () => {
  expect(machineStatus(input({ instance: running() }))).toMatchObject({
    created: true,
    ready: true,
    printableStatus: 'Running',
    runStrategy: 'Always',
    desiredGeneration: 3,
    observedGeneration: 2,
  })
})

it('has no strategy before the first start', () => {
  expect(machineStatus(input())).not.toHaveProperty('runStrategy')
})

it('remembers to start again once', () => {
  const outcome = { addStart: true }
  const first = machineStatus(input({ outcome }))
  expect(first?.stateChangeRequests).toEqual([{ action: 'Start' }])
  const machine = { ...input().machine, ...(first === undefined ? {} : { status: first }) }
  expect(machineStatus(input({ outcome, machine }))?.stateChangeRequests).toEqual([{ action: 'Start' }])
})

it('asks for a restart only while there is something to restart', () => {
  const outcome = { restartRequired: 'memory' }
  const has = (status: ReturnType<typeof machineStatus>): boolean =>
    (status?.conditions ?? []).some((condition) => condition.type === 'RestartRequired')
  expect(has(machineStatus(input({ instance: running(), outcome })))).toBe(true)
  expect(has(machineStatus(input({ outcome })))).toBe(false)
})

it('counts an instance that never ran, once', () => {
  const instance = running()
  instance.status = { phase: 'Failed' }
  const first = machineStatus(input({ instance }))
  expect(first?.startFailure).toEqual({
    consecutiveFailCount: 1,
    lastFailedVMIUID: 'vmi-1',
    retryAfterTimestamp: '2026-01-01T00:00:10Z',
  })
  const machine = { ...input().machine, ...(first === undefined ? {} : { status: first }) }
  expect(machineStatus(input({ instance, machine }))?.startFailure?.consecutiveFailCount).toBe(1)
})
