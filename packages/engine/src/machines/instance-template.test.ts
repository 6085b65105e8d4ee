import { expect, it } from 'vitest'
import { machineOf } from '../testing/manifests.ts'
import { instanceFor } from './instance-template.ts'

function stored(name: string) {
  const machine = machineOf(name)
  machine.metadata.uid = 'vm-1'
  machine.metadata.generation = 7
  machine.spec.template.metadata = { labels: { app: 'web' }, annotations: { note: 'x' } }
  return machine
}

it('carries the template, the generation, and who owns it', () => {
  const instance = instanceFor(stored('web'), 'revision-1')
  expect(instance.metadata).toEqual({
    name: 'web',
    namespace: 'default',
    labels: { app: 'web', 'vm.kubevirt.io/name': 'web' },
    annotations: { note: 'x', 'kubevirt.io/vm-generation': '7' },
    ownerReferences: [
      {
        apiVersion: 'kubevirt.io/v1',
        kind: 'VirtualMachine',
        name: 'web',
        uid: 'vm-1',
        controller: true,
        blockOwnerDeletion: true,
      },
    ],
    finalizers: ['kubevirt.io/virtualMachineControllerFinalize'],
  })
  expect(instance.spec).toEqual(stored('web').spec.template.spec)
  expect(instance.status).toEqual({ virtualMachineRevisionName: 'revision-1' })
})

it('starts paused only when the request that is served says so', () => {
  const machine = stored('web')
  machine.status = { stateChangeRequests: [{ action: 'Start', data: { paused: 'true' } }] }
  expect(instanceFor(machine, 'r').spec.startStrategy).toBe('Paused')
  machine.status = { stateChangeRequests: [{ action: 'Start' }] }
  expect(instanceFor(machine, 'r').spec).not.toHaveProperty('startStrategy')
})

it('cuts a long name to a label that the API takes', () => {
  const label = instanceFor(stored(`${'a'.repeat(62)}.b`), 'r').metadata.labels?.['vm.kubevirt.io/name'] ?? ''
  expect(label.length).toBeLessThanOrEqual(63)
  expect(label).toMatch(/[a-z0-9]$/)
})
