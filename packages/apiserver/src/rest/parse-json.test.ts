import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Json } from '@berth/meta'
import { parseJson } from './parse-json.ts'
import { parseYaml } from './parse-yaml.ts'

const parse = (text: string) => parseJson(Buffer.from(text), 100)

describe('JSON bodies', () => {
  it('read as JSON.parse reads them, without false duplicates', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
        const text = JSON.stringify(value)
        fc.pre(!text.includes('__proto__'))
        for (const form of [text, JSON.stringify(value, null, 3)]) {
          const { value: read, duplicates } = parse(form)
          expect(read).toEqual(JSON.parse(form) as Json)
          expect(duplicates).toEqual([])
        }
      }),
    )
  })

  it.each([
    ['{"a":1,"a":2}', ['a']],
    ['{"a":{"b":1,"b":2},"c":{"b":1}}', ['a.b']],
    ['{"a":[{"b":1},{"b":1,"b":2,"b":3}]}', ['a[1].b']],
    [String.raw`{"a":1,"\u0061":2}`, ['a']],
    ['[{"x":":,{}[]"},{"x":1,"x":[{"y":1,"y":2}]}]', ['[1].x', '[1].x[0].y']],
    ['{"a":[[1,2],[{"k":1,"k":2}]],"b":"\\"a\\":1"}', ['a[1][0].k']],
    ['{"a":{},"b":[],"c":{"a":[]},"a":1}', ['a']],
  ])('%s has the duplicates %j', (text, duplicates) => {
    expect(parse(text).duplicates).toEqual(duplicates)
  })

  it('may be nested exactly as deep as allowed', () => {
    const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`
    expect(() => parse(nested(100))).not.toThrow()
    expect(() => parse(nested(101))).toThrow('nested more than 100 levels deep')
    expect(() => parse(`{"a":"${'['.repeat(1000)}"}`)).not.toThrow()
  })

  it('never crash the reader, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          parseJson(Buffer.from(bytes), 10)
        } catch (error) {
          expect(error).toMatchObject({ code: 'BadRequest' })
        }
      }),
    )
  })
})

describe('YAML bodies', () => {
  const parseText = (text: string) => parseYaml(Buffer.from(text), 100)

  it('that are JSON mean the same', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        const text = JSON.stringify(value)
        fc.pre(!text.includes('__proto__') && !text.includes('<<'))
        expect(JSON.stringify(parseText(text).value)).toBe(JSON.stringify(JSON.parse(text)))
      }),
      { numRuns: 50 },
    )
  })

  it('report duplicates by path and may use a few aliases', () => {
    expect(parseText('a: {b: 1, b: 2}\nc: [{d: 1, d: 2}]\n').duplicates).toEqual(['a.b', 'c[0].d'])
    expect(parseText('a: &x {b: 1}\nc: *x\nd: {<<: *x, e: 2}\n').value).toEqual({
      a: { b: 1 },
      c: { b: 1 },
      d: { b: 1, e: 2 },
    })
  })

  it('never crash the reader, whatever the text', () => {
    fc.assert(
      fc.property(
        fc.string({ maxLength: 100, unit: fc.constantFrom(...Array.from('a:-&*![]{},|>\n "\'#?<')) }),
        (text) => {
          try {
            parseText(text)
          } catch (error) {
            expect(error).toMatchObject({ code: 'BadRequest' })
          }
        },
      ),
      { numRuns: 300 },
    )
  })
})
