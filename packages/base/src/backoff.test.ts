import { describe, expect, it } from 'vitest'
import { backoffDelay } from './backoff.ts'

describe('backoffDelay', () => {
  const policy = { initialMs: 100, maxMs: 1000, jitter: 0 }

  it.each([
    [1, 100],
    [2, 200],
    [3, 400],
    [5, 1000],
    [50, 1000],
  ])('after %i failures waits %i ms', (failures, expected) => {
    expect(backoffDelay(policy, failures, 0)).toBe(expected)
  })

  it('keeps jitter inside its share of the delay', () => {
    const jittered = { ...policy, jitter: 0.5 }
    expect(backoffDelay(jittered, 1, 0)).toBe(50)
    expect(backoffDelay(jittered, 1, 0.999)).toBeLessThanOrEqual(100)
  })
})
