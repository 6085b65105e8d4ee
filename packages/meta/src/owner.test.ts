import { expect, it } from 'vitest'
import { controllerOf, controllerReferenceTo, ownerReferenceTo } from './owner.ts'

const owner = { apiVersion: 'kubevirt.io/v1', kind: 'VirtualMachine', metadata: { name: 'web', uid: 'u1' } }
const reference = { apiVersion: 'kubevirt.io/v1', kind: 'VirtualMachine', name: 'web', uid: 'u1' }

it('refers to a stored object', () => {
  expect(ownerReferenceTo(owner)).toEqual(reference)
  expect(controllerReferenceTo(owner)).toEqual({ ...reference, controller: true, blockOwnerDeletion: true })
  expect(() => ownerReferenceTo({ ...owner, metadata: { name: 'web' } })).toThrow('has no uid yet')
})

it('finds the controller among the owners', () => {
  const controller = controllerReferenceTo(owner)
  const child = { apiVersion: 'v1', kind: 'Pod', metadata: { ownerReferences: [reference, controller] } }
  expect(controllerOf(child)).toBe(controller)
  expect(controllerOf({ ...child, metadata: { ownerReferences: [reference] } })).toBeUndefined()
  expect(controllerOf(owner)).toBeUndefined()
})
