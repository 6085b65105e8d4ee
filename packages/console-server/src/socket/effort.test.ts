import { beforeEach, describe, expect, it } from 'vitest'
import { Effort } from './effort.ts'

let nowMs = 0
let usedMs = 0
let effort: Effort
beforeEach(() => {
  nowMs = usedMs = 0
  effort = new Effort({ now: () => nowMs, used: () => usedMs })
})

function work(ms: number): void {
  effort.spend(() => void (usedMs += ms))
}

describe('the work of one person', () => {
  it('costs no wait while it is a page that opens', () => {
    work(1999)
    expect(effort.waitMs()).toBe(0)
  })

  it('waits until it is no more than half a processor', () => {
    work(3000)
    expect(effort.waitMs()).toBe(2000)
    nowMs += 2000
    expect(effort.waitMs()).toBe(0)
    work(500)
    expect(effort.waitMs()).toBe(1000)
  })

  it('is counted when it fails, and when it is done elsewhere', () => {
    expect(() =>
      effort.spend(() => {
        usedMs += 1500
        throw new Error('no')
      }),
    ).toThrow('no')
    effort.charge(1500)
    expect(effort.waitMs()).toBe(2000)
  })

  it('saves nothing up while nobody works', () => {
    nowMs += 3_600_000
    work(3000)
    expect(effort.waitMs()).toBe(2000)
  })
})
