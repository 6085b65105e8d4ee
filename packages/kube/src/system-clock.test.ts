import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { systemClock } from './system-clock.ts'

const day = 24 * 3600_000

describe('systemClock.after', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('waits longer than a timer of Node can', async () => {
    const called = vi.fn<() => void>()
    systemClock.after(60 * day, called)
    await vi.advanceTimersByTimeAsync(60 * day - 1)
    expect(called).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(1)
    expect(called).toHaveBeenCalledOnce()
  })

  it('is cancelled also when it was armed again', async () => {
    const called = vi.fn<() => void>()
    const cancel = systemClock.after(60 * day, called)
    await vi.advanceTimersByTimeAsync(40 * day)
    cancel()
    await vi.advanceTimersByTimeAsync(60 * day)
    expect(called).not.toHaveBeenCalled()
  })
})
