import { describe, expect, it } from 'vitest'
import { StatusError } from '@berth/meta'
import { defaultLimits } from '../server/limits.ts'
import { readWatchOptions } from './watch-options.ts'

const read = (query: string) =>
  readWatchOptions(new URLSearchParams(query), { ...defaultLimits, watchMs: 1000 }, () => 0.5)

function refusal(query: string): { code: number; message: string } {
  try {
    read(query)
  } catch (error) {
    if (error instanceof StatusError) return { code: error.status.code, message: error.status.message ?? '' }
    throw error
  }
  throw new Error(`${query} was accepted`)
}

describe('watch options', () => {
  it.each([
    ['', { from: undefined, initialEvents: true, markInitialEnd: false, timeoutMs: 1500 }],
    ['resourceVersion=0', { from: undefined, initialEvents: true }],
    ['resourceVersion=7', { from: 7, initialEvents: false }],
    ['timeoutSeconds=3', { timeoutMs: 3000 }],
    ['timeoutSeconds=0', { timeoutMs: 1500 }],
    ['timeoutSeconds=-1', { timeoutMs: 0 }],
    ['timeoutSeconds=99999999999', { timeoutMs: 24 * 3_600_000 }],
    ['allowWatchBookmarks=yes', { bookmarks: true }],
    ['allowWatchBookmarks=False', { bookmarks: false }],
    ['continue=anything', { initialEvents: true }],
    [
      'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true',
      { initialEvents: true, markInitialEnd: true, from: undefined },
    ],
    [
      'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&resourceVersion=5',
      { initialEvents: true, markInitialEnd: false, from: undefined, notBefore: 5 },
    ],
    [
      'sendInitialEvents=false&resourceVersionMatch=NotOlderThan&resourceVersion=5',
      { initialEvents: false, from: 5, notBefore: undefined },
    ],
    ['sendInitialEvents=false&resourceVersionMatch=NotOlderThan', { initialEvents: false, from: undefined }],
  ])('reads %s', (query, expected) => {
    expect(read(query)).toMatchObject(expected)
  })

  it.each([
    [
      'sendInitialEvents=true',
      422,
      'resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan',
    ],
    [
      'resourceVersionMatch=NotOlderThan&resourceVersion=1',
      422,
      'resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided',
    ],
    [
      'resourceVersionMatch=Exact',
      422,
      '[resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided, ' +
        'resourceVersionMatch: Unsupported value: "Exact": supported values: "NotOlderThan"]',
    ],
    [
      'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&continue=x',
      422,
      'resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden when continue is provided',
    ],
    ['timeoutSeconds=abc', 400, 'strconv.ParseInt: parsing "abc": invalid syntax'],
    ['limit=99999999999999999999', 400, 'strconv.ParseInt: parsing "99999999999999999999": value out of range'],
    [
      'resourceVersion=abc',
      400,
      'resourceVersion: Invalid value: "abc": strconv.ParseUint: parsing "abc": invalid syntax',
    ],
  ])('refuses %s', (query, code, message) => {
    const refused = refusal(query)
    expect(refused.code).toBe(code)
    expect(refused.message).toContain(message)
  })
})
