import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LongTexts } from './long-texts.ts'

function through(text: string, cutAt: number[], maxText: number): string {
  const cutter = new LongTexts({ maxText, maxBytes: 1e6 })
  const bytes = Buffer.from(text)
  const ends = [...cutAt.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]
  let from = 0
  const parts = ends.map((end) => {
    const part = cutter.push(bytes.subarray(from, end))
    from = end
    return part
  })
  return Buffer.concat(parts).toString()
}

describe('LongTexts', () => {
  it.each([
    ['{"a": "123456789", "b": 1}', '{"a": "1234", "b": 1}'],
    ['["\\"\\"\\"\\"x", "ab"]', '["", "ab"]'],
    ['{"a": "\\\\", "b": "12345678"}', '{"a": "", "b": "1234"}'],
    ['["12\\u00e93456"]\n', '["12"]\n'],
  ])('%s becomes %s', (text, cut) => expect(through(text, [], 4)).toBe(cut))

  it('leaves what is short as it is, and what it cuts is JSON of the same shape, however it comes in', () => {
    const shapeOf = (value: unknown): unknown =>
      typeof value === 'string'
        ? ''
        : Array.isArray(value)
          ? value.map(shapeOf)
          : typeof value === 'object' && value !== null
            ? Object.values(value).map(shapeOf)
            : value
    fc.assert(
      fc.property(fc.jsonValue(), fc.array(fc.nat()), (value, cuts) => {
        const text = JSON.stringify(value)
        expect(through(text, cuts, 1e6)).toBe(text)
        const ascii = text.replaceAll(/[^ -~]/g, '?')
        // Keys may become one another when they are cut; lists and plain values cannot.
        const cut: unknown = JSON.parse(through(JSON.stringify([ascii, [ascii, 1], true]), cuts, 8))
        expect(shapeOf(cut)).toEqual(['', ['', 1], true])
      }),
    )
  })

  it('has an end', () => {
    const cutter = new LongTexts({ maxText: 4, maxBytes: 1000 })
    expect(() => {
      for (;;) cutter.push(Buffer.alloc(64, 'x'))
    }).toThrow('more than 1000 bytes')
  })
})
