import type { BlockStatus } from '@berth/imaging'
import { array, assert, asyncProperty, boolean, integer, record } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { mapPage, type MapExtent } from './extents.ts'

const part = record({
  length: integer({ min: 1, max: 4 }),
  zero: boolean(),
  hole: boolean(),
  dirty: boolean(),
})

/** @param from leaves out what lies before, as a client does that goes on there */
async function* laidOut(parts: readonly Omit<BlockStatus, 'offset'>[], from = 0): AsyncGenerator<BlockStatus> {
  let offset = 0
  for (const each of parts) {
    if (offset >= from) yield { ...each, offset }
    offset += each.length
  }
}

describe('a map', () => {
  it.each([
    ['Full', { hole: false, zero: false, dirty: true }, 0, 'data'],
    ['Full', { hole: true, zero: false, dirty: true }, 1, 'hole'],
    ['Full', { hole: false, zero: true, dirty: true }, 2, 'zero'],
    ['Full', { hole: true, zero: true, dirty: true }, 3, 'hole,zero'],
    ['Incremental', { hole: true, zero: false, dirty: false }, 0, 'clean'],
    ['Incremental', { hole: true, zero: false, dirty: true }, 1, 'dirty'],
    ['Incremental', { hole: true, zero: true, dirty: false }, 2, 'zero'],
    ['Incremental', { hole: true, zero: true, dirty: true }, 3, 'dirty,zero'],
  ] as const)('of a backup that is %s says of %j %i, %s', async (kind, flags, type, description) => {
    expect(await mapPage(laidOut([{ length: 8, ...flags }]), { kind, most: 1 })).toEqual({
      extents: [{ offset: 0, length: 8, type, description }],
      next_offset: null,
    })
  })

  it('is the same in pages of any size', async () => {
    await assert(
      asyncProperty(array(part, { minLength: 1, maxLength: 20 }), integer({ min: 1, max: 5 }), async (parts, most) => {
        const { extents: whole } = await mapPage(laidOut(parts), { kind: 'Incremental', most: 100 })
        const paged: MapExtent[] = []
        for (let from: number | null = 0; from !== null;) {
          const page = await mapPage(laidOut(parts, from), { kind: 'Incremental', most })
          expect(page.extents.length).toBeLessThanOrEqual(most)
          paged.push(...page.extents)
          from = page.next_offset
        }
        expect(paged).toEqual(whole)
        expect(whole.every(({ type }, index) => type !== whole[index + 1]?.type)).toBe(true)
        expect(whole.reduce((end, { offset, length }) => (offset === end ? end + length : -1), 0)).toBe(
          parts.reduce((sum, { length }) => sum + length, 0),
        )
      }),
    )
  })
})
