import { describe, expect, it } from 'vitest'
import { clickSorting, parseSorting, writeSorting } from './sorting.ts'

describe('sorting', () => {
  it.each([
    [undefined, ''],
    ['', ''],
    ['name', 'name'],
    ['status,-memory', 'status,-memory'],
    ['-status,status', '-status'],
    ['price,name', 'name'],
    ['labels', ''],
    ['name,status,namespace,node,memory', 'name,status,namespace,node'],
  ])('%s is read as %s', (text, expected) => {
    expect(writeSorting(parseSorting(text))).toBe(expected)
  })

  it.each([
    ['', 'memory', false, 'memory'],
    ['memory', 'memory', false, '-memory'],
    ['-memory', 'memory', false, ''],
    ['status,node', 'memory', false, 'memory'],
    ['status', 'memory', true, 'status,memory'],
    ['status,memory', 'status', true, '-status,memory'],
    ['-status,memory', 'status', true, 'memory'],
    ['status', 'labels', false, 'status'],
  ] as const)('of "%s", a click on %s (added: %s) makes "%s"', (before, column, add, after) => {
    expect(writeSorting(clickSorting(parseSorting(before), column, { add }))).toBe(after)
  })
})
