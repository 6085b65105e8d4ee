import { array, assert, constantFrom, integer, property, record, uniqueArray, boolean, option } from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { SnapshotRetention } from '@berth/api'
import { expired, type PolicySnapshot } from './retention.ts'

const hourMs = 3_600_000
const nowMs = Date.parse('2026-02-01T00:00:00Z')

/** `g5 f1 p0`: good, failed and pending ones with their ages in hours; `!` is in use, `-` is being deleted. */
function snapshots(text: string): { list: PolicySnapshot[]; inUse: Set<string> } {
  const words = text.split(' ').filter((word) => word !== '')
  const states = { g: 'good', f: 'failed', p: 'pending' } as const
  const list = words.map((word): PolicySnapshot => {
    const state = states[word[0] as 'g' | 'f' | 'p']
    return {
      name: word,
      state,
      deleting: word.includes('-'),
      takenMs: nowMs - Number.parseInt(word.slice(1), 10) * hourMs,
    }
  })
  return { list, inUse: new Set(words.filter((word) => word.includes('!'))) }
}

const goes = (text: string, keep: SnapshotRetention): string => {
  const { list, inUse } = snapshots(text)
  return expired(list, { keep, nowMs, inUse }).goes.join(' ')
}

describe('what is no longer kept', () => {
  it.each<[string, string, SnapshotRetention, string]>([
    ['beyond the count', 'g1 g2 g3 g4', { count: 2 }, 'g4 g3'],
    ['beyond the age', 'g1 g25 g49', { days: 1 }, 'g49 g25'],
    ['beyond either', 'g1 g2 g3 g25', { count: 2, days: 1 }, 'g25 g3'],
    ['never the newest good one', 'g1000', { count: 1, days: 1 }, ''],
    ['nor when newer ones failed', 'f1 f2 g1000 g2000', { count: 1, days: 1 }, 'g2000'],
    ['nor when a newer one is on its way', 'p0 g1000', { days: 1 }, ''],
    ['nor when a newer one is being deleted', 'g1- g1000 g2000', { count: 1 }, 'g2000'],
    ['failed ones after a day', 'g1 f23 f25', { count: 9 }, 'f25'],
    ['failed ones sooner where it is said', 'g1 f1 f2', { count: 9, failed: '90m' }, 'f2'],
    ['failed ones at once', 'f0', { count: 9, failed: '0s' }, 'f0'],
    ['failed ones do not count', 'f1 g2 f3 g4 g5', { count: 2 }, 'g5'],
    ['none in use', 'g1 g2! g3 f90!', { count: 1 }, 'g3'],
    ['none on its way', 'p1 p1000', { count: 1, days: 1, failed: '0s' }, ''],
    ['nothing of nothing', '', { count: 1 }, ''],
  ])('%s', (_what, text, keep, expected) => {
    expect(goes(text, keep)).toBe(expected)
  })

  it('says when time alone makes another one go', () => {
    const { list } = snapshots('g1 g20 f3')
    expect(expired(list, { keep: { days: 1 }, nowMs }).nextMs).toBe(nowMs + 4 * hourMs)
    expect(expired(snapshots('g1 g2').list, { keep: { count: 5 }, nowMs }).nextMs).toBeUndefined()
  })

  const any = array(
    record({
      state: constantFrom('good', 'good', 'failed', 'pending'),
      deleting: boolean(),
      hours: integer({ min: 0, max: 100 }),
    }),
    { maxLength: 20 },
  ).map((list) =>
    list.map(({ state, deleting, hours }, index): PolicySnapshot => ({
      name: `s${String(index).padStart(2, '0')}`,
      state,
      deleting,
      takenMs: nowMs - hours * hourMs,
    })),
  )
  const keeps = record({
    count: option(integer({ min: 1, max: 5 }), { nil: undefined }),
    days: option(integer({ min: 1, max: 3 }), { nil: undefined }),
  }).map(({ count, days }) => ({ ...(count === undefined ? {} : { count }), ...(days === undefined ? {} : { days }) }))

  it('whatever there is: the newest good one stays, and what goes had to', () => {
    assert(
      property(any, keeps, usedOnes(), (list, keep, used) => {
        const inUse = new Set(used.map((index) => `s${String(index).padStart(2, '0')}`))
        const gone = new Set(expired(list, { keep, nowMs, inUse }).goes)
        const there = list.filter(({ deleting }) => !deleting)
        const good = there.filter(({ state }) => state === 'good')
        if (good.length > 0) {
          const newest = Math.max(...good.map(({ takenMs }) => takenMs))
          expect(good.some(({ name, takenMs }) => takenMs === newest && !gone.has(name))).toBe(true)
        }
        for (const { name, state, deleting, takenMs } of list) {
          const newer = good.filter((other) => other.takenMs > takenMs).length
          const atLeastAsNew = good.filter((other) => other.name !== name && other.takenMs >= takenMs).length
          const old = keep.days !== undefined && nowMs - takenMs >= keep.days * 24 * hourMs
          if (gone.has(name)) {
            expect(deleting || inUse.has(name) || state === 'pending').toBe(false)
            if (state === 'failed') expect(nowMs - takenMs).toBeGreaterThanOrEqual(24 * hourMs)
            else expect(old || (keep.count !== undefined && atLeastAsNew >= keep.count)).toBe(true)
          } else if (state === 'good' && !deleting && !inUse.has(name)) {
            if (keep.count !== undefined) expect(newer).toBeLessThan(keep.count)
            if (old) expect(newer).toBe(0)
          }
        }
      }),
    )
  })
})

function usedOnes() {
  return uniqueArray(integer({ min: 0, max: 19 }), { maxLength: 4 })
}
