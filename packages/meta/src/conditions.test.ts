import { describe, expect, it } from 'vitest'
import { getCondition, isConditionTrue, removeCondition, setCondition, type Condition } from './conditions.ts'

const early = new Date('2026-01-01T00:00:00Z')
const late = new Date('2026-01-02T00:00:00Z')
const ready: Condition = { type: 'Ready', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' }

describe('setCondition', () => {
  it('adds a condition with the time', () => {
    expect(setCondition(undefined, { type: 'Ready', status: 'True' }, early)).toEqual([ready])
  })

  it('keeps the transition time while the status stays', () => {
    const next = setCondition([ready], { type: 'Ready', status: 'True', reason: 'Other' }, late)
    expect(next).toEqual([{ ...ready, reason: 'Other' }])
  })

  it('moves the transition time with the status, in place of the old one', () => {
    const other: Condition = { type: 'Paused', status: 'False' }
    const next = setCondition([ready, other], { type: 'Ready', status: 'False' }, late)
    expect(next).toEqual([{ type: 'Ready', status: 'False', lastTransitionTime: '2026-01-02T00:00:00Z' }, other])
  })

  it('returns the same list when nothing changes, and never changes its input', () => {
    const list = Object.freeze([Object.freeze({ ...ready, lastProbeTime: null })])
    expect(setCondition(list, { type: 'Ready', status: 'True' }, late)).toBe(list)
    expect(setCondition(list, { type: 'Ready', status: 'False' }, late)).not.toBe(list)
  })

  it('drops a reason that is no longer given', () => {
    const [condition] = setCondition([{ ...ready, reason: 'Old' }], { type: 'Ready', status: 'True' }, late)
    expect(condition).toEqual(ready)
  })
})

describe('reading and removing', () => {
  it('finds by type', () => {
    expect(getCondition([ready], 'Ready')).toBe(ready)
    expect(getCondition(undefined, 'Ready')).toBeUndefined()
    expect(isConditionTrue([ready], 'Ready')).toBe(true)
    expect(isConditionTrue([{ ...ready, status: 'Unknown' }], 'Ready')).toBe(false)
  })

  it('removes by type', () => {
    const list = [ready]
    expect(removeCondition(list, 'Ready')).toEqual([])
    expect(removeCondition(list, 'Other')).toBe(list)
    expect(removeCondition(undefined, 'Ready')).toEqual([])
  })
})
