import { assert, constantFrom, property, string } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ExpressionError, generateValue } from './expression.ts'

/** Always the last of what there is to choose from. */
const last = (): number => 0.999_999

describe('generateValue', () => {
  it.each([
    ['test[0-9]{1}x', /^test\dx$/],
    ['[0-1]{8}', /^[01]{8}$/],
    ['0x[A-F0-9]{4}', /^0x[A-F0-9]{4}$/],
    ['[a-zA-Z0-9]{8}', /^[a-zA-Z0-9]{8}$/],
    ['[\\w]{30}', /^\w{30}$/],
    ['[\\d]{12}', /^\d{12}$/],
    ['[\\a]{20}', /^[a-zA-Z0-9]{20}$/],
    ['[\\A]{20}', /^[!-/:-@[-`{-~]{20}$/],
    ['vm-[a-z]{3}-[0-9]{2}', /^vm-[a-z]{3}-\d\d$/],
    ['no expression', /^no expression$/],
  ])('%s', (from, form) => {
    for (const random of [Math.random, () => 0, last]) expect(generateValue(from, random)).toMatch(form)
  })

  it.each([
    ['[a-z]{0}', 'range must be within [1-255] characters: 0'],
    ['[a-z]{256}', 'range must be within [1-255] characters: 256'],
    ['[a-z]{x}', 'malformed length syntax: strconv.Atoi: parsing "x": invalid syntax'],
    ['[z-a]{2}', 'invalid range specified: z-a'],
    ['[---]{2}', 'invalid start character in range: -'],
    ['[-]{2}', 'malformed ranges syntax: -'],
  ])('refuses %s', (from, message) => {
    expect(() => generateValue(from, Math.random)).toThrow(new ExpressionError(message))
  })

  it('ends on any text', () => {
    assert(
      property(string({ unit: constantFrom(...'[ ] { } a - z 0 9 \\ w A d'.split(' ')) }), (from) => {
        try {
          expect(generateValue(from, Math.random)).toBeTypeOf('string')
        } catch (error) {
          expect(error).toBeInstanceOf(ExpressionError)
        }
      }),
    )
  })
})
