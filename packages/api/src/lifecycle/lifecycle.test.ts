import { applyJsonPatch, StatusError, type Condition } from '@berth/meta'
import { describe, expect, it } from 'vitest'
import { exampleInstance, exampleMachine } from '../testing/examples.ts'
import type { VirtualMachineInstance } from '../types/instance.ts'
import type { StateChangeRequest, VirtualMachine } from '../types/machine.ts'
import { actions, legality } from './actions.ts'
import {
  checkConsole,
  checkFreeze,
  checkPause,
  checkPortForward,
  checkReset,
  checkSoftReboot,
  checkUnfreeze,
  checkUnpause,
  checkUsbRedirection,
  checkVnc,
  checkVsock,
  requireInstance,
} from './instance.ts'
import { checkMigrate, planRestart, planStart, planStop } from './machine.ts'
import type { PlannedPatch } from './patch.ts'
import { instanceNotFound, machineNotFound } from './refusals.ts'

const paused: Condition[] = [{ type: 'Paused', status: 'True' }]

function failure(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    if (error instanceof StatusError) return `${error.httpCode} ${error.message}`
    throw error
  }
  return 'accepted'
}

/** The object after all patches aimed at it. */
function patched<T extends object>(object: T, patches: PlannedPatch[], ...targets: PlannedPatch['target'][]): T {
  let result = JSON.parse(JSON.stringify(object))
  for (const patch of patches) if (targets.includes(patch.target)) result = applyJsonPatch(result, patch.operations)
  return result
}

function queued(machine: VirtualMachine, patches: PlannedPatch[]): StateChangeRequest[] | undefined {
  return patched(machine, patches, 'machine-status').status?.stateChangeRequests
}

const conflict = (why: string) => `409 Operation cannot be fulfilled on virtualmachine.kubevirt.io "web": ${why}`

describe('start', () => {
  it('turns Halted into Always, in the field that is used', () => {
    const machine = exampleMachine('Halted')
    expect(patched(machine, planStart(machine, undefined), 'machine').spec.runStrategy).toBe('Always')
    const old: VirtualMachine = { ...machine, spec: { running: false, template: machine.spec.template } }
    expect(patched(old, planStart(old, undefined), 'machine').spec).toMatchObject({ running: true })
  })

  it('asks for a paused start through the status', () => {
    const machine = exampleMachine('Halted', {})
    expect(queued(machine, planStart(machine, undefined, { paused: true }))).toEqual([
      { action: 'Start', data: { paused: 'true' } },
    ])
  })

  it('queues for Manual, with a stop where a finished instance is left, and forgets failures', () => {
    const machine = exampleMachine('Manual', { startFailure: { consecutiveFailCount: 1 } })
    const patches = planStart(machine, exampleInstance('Succeeded'))
    expect(queued(machine, patches)).toEqual([{ action: 'Stop', uid: 'vmi-1' }, { action: 'Start' }])
    expect(patched(machine, patches, 'machine-status').status).not.toHaveProperty('startFailure')
    expect(queued(exampleMachine('Manual'), planStart(exampleMachine('Manual'), undefined))).toEqual([
      { action: 'Start' },
    ])
  })

  it.each<[string, VirtualMachine, VirtualMachineInstance | undefined, string]>([
    ['running', exampleMachine('Manual'), exampleInstance('Running'), conflict('VM is already running')],
    ['Always', exampleMachine('Always'), undefined, conflict('Always does not support manual start requests')],
    [
      'Once',
      exampleMachine('Once'),
      exampleInstance('Failed'),
      conflict('Once does not support manual start requests'),
    ],
    [
      'failed RerunOnFailure',
      exampleMachine('RerunOnFailure'),
      exampleInstance('Failed'),
      conflict('RerunOnFailure does not support starting VM from failed state'),
    ],
    [
      'under way',
      exampleMachine('Manual', { stateChangeRequests: [{ action: 'Start' }] }),
      undefined,
      '500 Internal error occurred: unable to complete request: stop/start already underway',
    ],
  ])('refuses: %s', (_what, machine, instance, message) => {
    expect(failure(() => planStart(machine, instance))).toBe(message)
  })
})

describe('stop', () => {
  it.each(['Always', 'Once'] as const)('halts %s, running or not', (strategy) => {
    const machine = exampleMachine(strategy)
    expect(patched(machine, planStop(machine, undefined), 'machine').spec.runStrategy).toBe('Halted')
  })

  it('replaces what was queued, and shortens the grace first', () => {
    const machine = exampleMachine('Manual', { stateChangeRequests: [{ action: 'Start' }] })
    const instance = exampleInstance('Running')
    const patches = planStop(machine, instance, { gracePeriod: 0 })
    expect(patches.map(({ target }) => target)).toEqual(['instance', 'machine-status'])
    expect(patched(instance, patches, 'instance').spec.terminationGracePeriodSeconds).toBe(0)
    expect(queued(machine, patches)).toEqual([{ action: 'Stop', uid: 'vmi-1' }])
  })

  it('lets a halted machine end sooner, not later', () => {
    const machine = exampleMachine('Halted')
    const instance = exampleInstance('Running')
    expect(queued(machine, planStop(machine, instance, { gracePeriod: 5 }))).toEqual([{ action: 'Stop', uid: 'vmi-1' }])
    for (const options of [{}, { gracePeriod: 30 }]) {
      expect(failure(() => planStop(machine, instance, options))).toBe(
        conflict('Halted only supports manual stop requests with a shorter graceperiod'),
      )
    }
  })

  it.each(['Manual', 'RerunOnFailure', 'Halted'] as const)('refuses %s without a live instance', (strategy) => {
    for (const instance of [undefined, exampleInstance('Succeeded')]) {
      expect(failure(() => planStop(exampleMachine(strategy), instance))).toBe(conflict('VM is not running'))
    }
  })

  it('refuses a grace that is none', () => {
    for (const gracePeriod of [-1, 1.5, Number.NaN]) {
      expect(failure(() => planStop(exampleMachine(), undefined, { gracePeriod }))).toContain('400 ')
    }
  })
})

describe('restart', () => {
  it('queues a stop and a start', () => {
    const machine = exampleMachine('Always', {})
    expect(queued(machine, planRestart(machine, exampleInstance('Running')))).toEqual([
      { action: 'Stop', uid: 'vmi-1' },
      { action: 'Start' },
    ])
  })

  it('forces with one second of grace', () => {
    const instance = exampleInstance('Running')
    const patches = planRestart(exampleMachine(), instance, { gracePeriodSeconds: 0 })
    expect(patched(instance, patches, 'instance').spec.terminationGracePeriodSeconds).toBe(1)
  })

  it.each<[string, VirtualMachine, number | undefined, string]>([
    ['a longer grace', exampleMachine(), 5, '400 For force restart, only gracePeriod=0 is supported for now'],
    ['a negative grace', exampleMachine(), -1, '400 gracePeriod has to be greater or equal to 0'],
    [
      'Halted',
      exampleMachine('Halted'),
      undefined,
      conflict('RunStategy Halted does not support manual restart requests'),
    ],
    ['Once', exampleMachine('Once'), undefined, conflict('RunStategy Once does not support manual restart requests')],
    ['no instance', exampleMachine(), undefined, conflict('VM is not running: Halted')],
  ])('refuses: %s', (_what, machine, gracePeriodSeconds, message) => {
    const options = gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }
    expect(failure(() => planRestart(machine, undefined, options))).toBe(message)
  })

  it('loses to a change in between: the patch tests what it saw', () => {
    const machine = exampleMachine('Always', {})
    const [patch] = planRestart(machine, exampleInstance('Running'))
    const changed = exampleMachine('Always', { stateChangeRequests: [{ action: 'Start' }] })
    expect(() => patched(changed, patch === undefined ? [] : [patch], 'machine-status')).toThrow()
  })
})

describe('requests on instances', () => {
  const vmi = (why: string) => `409 Operation cannot be fulfilled on virtualmachineinstance.kubevirt.io "web": ${why}`
  const without = (field: 'autoattachSerialConsole' | 'autoattachGraphicsDevice') => {
    const instance = exampleInstance('Running')
    instance.spec.domain.devices[field] = false
    return instance
  }
  const rooted: Condition = { type: 'LiveMigratable', status: 'False', reason: 'R', message: 'm' }
  const probed = exampleInstance('Running')
  probed.spec.livenessProbe = { tcpSocket: { port: 22 } }
  const noAcpi = exampleInstance('Running')
  noAcpi.spec.domain.features = { acpi: { enabled: false } }

  it.each<[string, () => void, string]>([
    ['console, pending', () => checkConsole(exampleInstance('Pending')), '400 VMI is not running'],
    ['console, failed', () => checkConsole(exampleInstance('Failed')), vmi('VMI is in failed status')],
    ['console, none', () => checkConsole(without('autoattachSerialConsole')), '400 No serial consoles are present.'],
    ['console', () => checkConsole(exampleInstance('Running')), 'accepted'],
    ['vnc, none', () => checkVnc(without('autoattachGraphicsDevice')), '400 No graphics devices are present.'],
    ['vnc, pending', () => checkVnc(exampleInstance('Pending')), '400 VMI is not running'],
    [
      'usbredir, none',
      () => checkUsbRedirection(exampleInstance('Running')),
      vmi('Not configured with USB Redirection'),
    ],
    ['vsock, none', () => checkVsock(exampleInstance('Running')), '400 VSOCK is not attached.'],
    ['pause, pending', () => checkPause(exampleInstance('Pending')), vmi('VM is not running')],
    [
      'pause, paused',
      () => checkPause(exampleInstance('Running', { conditions: paused })),
      vmi('VMI is already paused'),
    ],
    [
      'pause, with a probe that would fail',
      () => checkPause(probed),
      '403 virtualmachineinstance.kubevirt.io "web" is forbidden: Pausing VMIs with a non-GuestAgentPing LivenessProbe is not supported',
    ],
    ['freeze, pending', () => checkFreeze(exampleInstance('Pending')), vmi('VM is not running')],
    ['unfreeze, pending', () => checkUnfreeze(exampleInstance('Pending')), vmi('VMI is not running')],
    [
      'migrate, pending',
      () => checkMigrate(exampleMachine(), exampleInstance('Pending')),
      conflict('VM is not running'),
    ],
    [
      'migrate, not migratable',
      () => checkMigrate(exampleMachine(), exampleInstance('Running', { conditions: [rooted] })),
      '500 Internal error occurred: admission webhook "migration-create-validator.kubevirt.io" denied the request: Cannot migrate VMI, Reason: R, Message: m',
    ],
    ['unpause, pending', () => checkUnpause(exampleInstance('Pending')), vmi('VMI is not running')],
    ['unpause, not paused', () => checkUnpause(exampleInstance('Running')), vmi('VMI is not paused')],
    [
      'unpause during a snapshot',
      () =>
        checkUnpause(
          exampleInstance('Running', { conditions: paused }),
          exampleMachine('Always', { snapshotInProgress: 's' }),
        ),
      conflict('VM snapshot is in progress'),
    ],
    [
      'reset, stopped',
      () => checkReset(exampleInstance('Succeeded')),
      '500 Internal error occurred: Failed to reset non-running VMI with phase Succeeded',
    ],
    [
      'softreboot, paused',
      () => checkSoftReboot(exampleInstance('Running', { conditions: paused })),
      vmi('VMI is paused'),
    ],
    [
      'softreboot, deaf',
      () => checkSoftReboot(noAcpi),
      vmi('VMI neither have the agent connected nor the ACPI feature enabled'),
    ],
    [
      'portforward, no card',
      () => checkPortForward(exampleInstance('Running')),
      '400 no network interfaces are present',
    ],
    ['machine form', () => requireInstance(exampleMachine(), undefined), conflict('VMI is not started')],
  ])('%s', (_what, check, result) => {
    expect(failure(check)).toBe(result)
  })

  it('says which object is missing, in the singular', () => {
    expect(machineNotFound('a').message).toBe('virtualmachine.kubevirt.io "a" not found')
    expect(instanceNotFound('a').message).toBe('virtualmachineinstance.kubevirt.io "a" not found')
  })
})

describe('legality', () => {
  const machine = exampleMachine('Manual')
  const running = exampleInstance('Running')
  running.spec.domain.devices.interfaces = [{ name: 'default', masquerade: {} }]
  const allowed = (instance: VirtualMachineInstance | undefined) =>
    actions.filter((action) => legality(action, machine, instance).allowed)

  it('is what the server would accept', () => {
    expect(allowed(undefined)).toEqual(['start'])
    expect(allowed(exampleInstance('Pending'))).toEqual(['stop', 'restart'])
    expect(allowed(running)).toEqual([
      'stop',
      'restart',
      'migrate',
      'pause',
      'reset',
      'freeze',
      'unfreeze',
      'softreboot',
      'console',
      'vnc',
      'portforward',
    ])
  })

  it('gives the reason without naming the object', () => {
    expect(legality('start', machine, running)).toEqual({ allowed: false, why: 'VM is already running' })
    expect(legality('reset', machine, exampleInstance('Pending'))).toEqual({
      allowed: false,
      why: 'Failed to reset non-running VMI with phase Pending',
    })
    expect(legality('pause', machine, undefined)).toEqual({ allowed: false, why: 'VMI is not started' })
  })
})
