import { describe, expect, it } from 'vitest'
import { transferText } from './meter.ts'

const GiB = 1024 ** 3

describe('how far a transfer is', () => {
  it.each([
    [{ done: 0, total: GiB, elapsedMs: 0 }, '0 B of 1 GiB'],
    [{ done: GiB / 4, total: GiB, elapsedMs: 10_000 }, '256 MiB of 1 GiB, 25.6 MiB/s, 30.0 s left'],
    [{ done: GiB, total: GiB, elapsedMs: 10_000 }, '1 GiB of 1 GiB, 102.4 MiB/s'],
    [{ done: GiB, total: undefined, elapsedMs: 10_000 }, '1 GiB, 102.4 MiB/s'],
    // What was there before is not counted into the speed.
    [
      { done: GiB, total: 2 * GiB, elapsedMs: 1024, before: GiB - 1024 ** 2 },
      '1 GiB of 2 GiB, 1000 KiB/s, 17m29s left',
    ],
    [{ done: GiB / 2, total: GiB, elapsedMs: 5000, before: GiB / 2 }, '512 MiB of 1 GiB'],
  ])('%j is told as %s', (measure, text) => {
    expect(transferText(measure)).toBe(text)
  })
})
