import { expect, it } from 'vitest'
import { sumOf, type Host } from './sum.ts'

const host = (more: Partial<Host>): Host => ({ name: 'n', schedulable: true, cpus: 4, memory: 1000, ...more })

it('counts hosts that take machines, and says what is free only when all of them do', () => {
  expect(sumOf([host({ freeMemory: 300 }), host({ freeMemory: 200 }), host({ schedulable: false })])).toEqual({
    ready: 2,
    cpus: 8,
    memory: 2000,
    freeMemory: 500,
  })
  expect(sumOf([host({ freeMemory: 300 }), host({})]).freeMemory).toBeUndefined()
})
