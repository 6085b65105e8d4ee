import { beforeEach, describe, expect, it } from 'vitest'
import { ConsoleError } from '../errors.ts'
import { beginAttempt, perAccount, perAddress, Throttle } from './throttle.ts'

let nowMs = 0
const clock = { now: () => new Date(nowMs), after: () => () => {} }
beforeEach(() => {
  nowMs = 1_000_000
})

function fail(throttle: Throttle, key: string, times: number): void {
  for (let count = 0; count < times; count++) throttle.begin(key)
}

describe('failures', () => {
  it('cost nothing at first, then ever more up to a bound', () => {
    const throttle = new Throttle(clock, perAccount)
    fail(throttle, 'ann', 9)
    expect(throttle.waitMs('ann')).toBe(0)
    const waits: number[] = []
    for (let count = 0; count < 8; count++) {
      fail(throttle, 'ann', 1)
      waits.push(throttle.waitMs('ann'))
    }
    expect(waits).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000])
    expect(throttle.waitMs('bob')).toBe(0)
    nowMs += 59_000
    expect(throttle.waitMs('ann')).toBe(1000)
    nowMs += 3_600_001
    expect(throttle.waitMs('ann')).toBe(0)
  })

  it('are forgotten when one gets it right', () => {
    const throttle = new Throttle(clock, perAccount)
    fail(throttle, 'ann', 12)
    throttle.begin('ann').succeeded()
    expect(throttle.waitMs('ann')).toBe(0)
  })

  it('of an address stay when somebody there gets it right', () => {
    const throttle = new Throttle(clock, perAddress)
    fail(throttle, '10.0.0.1', 19)
    for (let count = 0; count < 5; count++) throttle.begin('10.0.0.1').succeeded()
    expect(throttle.waitMs('10.0.0.1')).toBe(0)
    fail(throttle, '10.0.0.1', 1)
    expect(throttle.waitMs('10.0.0.1')).toBe(1000)
  })

  it('count before they are known to be some, so that many at once gain nothing', () => {
    const throttle = new Throttle(clock, perAccount)
    const outcomes = Array.from({ length: 10_000 }, () => {
      try {
        beginAttempt([{ throttle, key: 'ann' }])
        return 'tried'
      } catch (error) {
        expect(error).toBeInstanceOf(ConsoleError)
        return 'refused'
      }
    })
    expect(outcomes.filter((outcome) => outcome === 'tried')).toHaveLength(perAccount.free)
  })

  it('of one key refuse the try under all of them, with the seconds to wait, and count for none', () => {
    const [accounts, addresses] = [new Throttle(clock, perAccount), new Throttle(clock, perAddress)]
    fail(accounts, 'ann', 12)
    const attempt = (): unknown =>
      beginAttempt([
        { throttle: accounts, key: 'ann' },
        { throttle: addresses, key: '10.0.0.1' },
      ])
    for (let count = 0; count < 100; count++) {
      expect(attempt).toThrow(expect.objectContaining({ code: 'TooManyRequests', retryAfterSeconds: 4 }))
    }
    expect(addresses.waitMs('10.0.0.1')).toBe(0)
  })

  it('of a million keys take no more memory than those of ten thousand', () => {
    const throttle = new Throttle(clock, perAddress)
    fail(throttle, 'first', 30)
    for (let count = 0; count < 10_000; count++) throttle.begin(`10.${count}`)
    expect(throttle.waitMs('first')).toBe(0)
  })
})
