import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { SortedIndex } from './sorted-index.ts'

const key = fc.string({ unit: fc.constantFrom('a', 'b', '/', 'c'), minLength: 1, maxLength: 6 })
const change = fc.record({ key, remove: fc.boolean() })

test('behaves like a sorted map, whatever the order of changes', () => {
  fc.assert(
    fc.property(
      fc.array(change, { maxLength: 300 }),
      fc.record({ prefix: fc.option(key, { nil: undefined }), after: fc.option(key, { nil: undefined }) }),
      fc.nat(20),
      (changes, range, limit) => {
        const index = new SortedIndex<{ key: string; at: number }>()
        const model = new Map<string, { key: string; at: number }>()
        changes.forEach(({ key, remove }, at) => {
          if (remove) expect(index.delete(key)).toBe(model.delete(key))
          else {
            index.set({ key, at })
            model.set(key, { key, at })
          }
          expect(index.get(key)).toEqual(model.get(key))
        })
        const { prefix = '', after = '' } = range
        const matching = [...model.values()]
          .filter((item) => item.key.startsWith(prefix) && item.key > after)
          .sort((one, other) => (one.key < other.key ? -1 : 1))
        expect(index.size).toBe(model.size)
        expect(index.slice(range).items).toEqual(matching)
        expect(index.slice(range, limit)).toEqual({
          items: matching.slice(0, limit),
          remaining: Math.max(0, matching.length - limit),
        })
      },
    ),
  )
})

test('stays sorted over many chunks, filled in random order and emptied again', () => {
  const count = 20_000
  const keys = Array.from({ length: count }, (_, index) => String((index * 7919) % count).padStart(6, '0'))
  const index = new SortedIndex<{ key: string }>()
  for (const key of keys) index.set({ key })
  const all = index.slice({}).items.map((item) => item.key)
  expect(all).toEqual(keys.toSorted())
  expect(index.slice({ after: '010000' }, 3)).toEqual({
    items: [{ key: '010001' }, { key: '010002' }, { key: '010003' }],
    remaining: count - 10_004,
  })
  for (const key of keys) expect(index.delete(key)).toBe(true)
  expect(index.slice({})).toEqual({ items: [], remaining: 0 })
})
