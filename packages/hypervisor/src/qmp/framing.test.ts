import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { JsonLines, parseBounded } from './framing.ts'

const limits = { maxBytes: 4096, maxDepth: 16 }

/** Cuts `bytes` at arbitrary places. */
function cut(bytes: Buffer, places: number[]): Buffer[] {
  const ends = [...places.map((place) => place % (bytes.length + 1)), bytes.length].sort((a, b) => a - b)
  return ends.map((end, index) => bytes.subarray(index === 0 ? 0 : ends[index - 1], end))
}

describe('JsonLines', () => {
  it('gives the same values however the bytes are cut', () => {
    const value = fc.jsonValue({ maxDepth: 4 })
    fc.assert(
      fc.property(fc.array(value, { maxLength: 8 }), fc.array(fc.nat(), { maxLength: 20 }), (values, places) => {
        const bytes = Buffer.from(values.map((each) => `${JSON.stringify(each)}\r\n`).join(''))
        const lines = new JsonLines({ maxBytes: 1 << 20, maxDepth: 32 })
        const seen = cut(bytes, places).flatMap((chunk) => lines.push(chunk))
        expect(seen).toEqual(values.map((each) => JSON.parse(JSON.stringify(each))))
      }),
    )
  })

  it('throws nothing but Protocol errors, and holds no more than its limit, on any bytes', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 600 }), { maxLength: 12 }), (chunks) => {
        const lines = new JsonLines(limits)
        for (const chunk of chunks) {
          try {
            lines.push(Buffer.from(chunk))
          } catch (error) {
            expect(error).toMatchObject({ code: 'Protocol' })
          }
        }
      }),
    )
  })

  it('refuses a line that never ends', () => {
    const lines = new JsonLines(limits)
    const chunk = Buffer.alloc(1000, 'a')
    for (let count = 0; count < 4; count += 1) lines.push(chunk)
    expect(() => lines.push(chunk)).toThrow(expect.objectContaining({ code: 'Protocol' }))
  })
})

describe('parseBounded', () => {
  it('refuses deep nesting', () => {
    expect(() => parseBounded('['.repeat(100_000), 64)).toThrow(/nested deeper/)
    expect(parseBounded('[[1]]', 2)).toEqual([[1]])
    expect(() => parseBounded('[[[1]]]', 2)).toThrow(/nested deeper/)
  })

  it('does not count brackets inside strings', () => {
    expect(parseBounded(JSON.stringify({ a: '[[[["\\{{{{' }), 1)).toEqual({ a: '[[[["\\{{{{' })
  })
})
