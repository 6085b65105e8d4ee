import { describe, expect, it } from 'vitest'
import { ofLeftovers, ofLimits } from './machine-checks.ts'

describe('what the doctor says of machines', () => {
  it('limits: kept, or why not, and what to do', () => {
    expect(ofLimits({ version: 2, controllers: ['cpu', 'memory', 'pids'] })).toEqual({
      verdict: 'ok',
      detail: 'cpu, memory, pids (control groups, version 2)',
    })
    expect(ofLimits({ version: undefined, controllers: [], missing: 'nothing mounted' })).toMatchObject({
      verdict: 'warn',
      detail: 'kept: none; nothing mounted',
      remedy: expect.stringContaining('Delegate=yes'),
    })
  })

  it('leftovers: none', () => {
    expect(ofLeftovers([])).toMatchObject({ verdict: 'ok' })
  })

  it('leftovers that go by themselves', () => {
    expect(ofLeftovers([{ kind: 'run-time disks', what: '/d/ephemeral/x', cleaned: true }])).toEqual({
      verdict: 'warn',
      detail: 'run-time disks: /d/ephemeral/x',
      remedy: 'They go when the engine starts the next time: `berth down`, then `berth up`.',
    })
  })

  it('leftovers that a person must judge, the list cut', () => {
    const volumes = Array.from({ length: 7 }, (_, index) => ({
      kind: 'volume' as const,
      what: `/d/volumes/${index}`,
      cleaned: false,
    }))
    const { detail, remedy } = ofLeftovers(volumes)
    expect(detail).toMatch(/volumes\/4; and 2 more$/)
    expect(remedy).toMatch(/by hand/)
  })
})
