import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { keyCodes } from './key-codes.ts'
import { layoutIds, layouts, type LayoutId } from './layouts.ts'
import { keysymOf, typing } from './typing.ts'

/** `Shift+Digit1`, as people say it. */
const said = (text: string, layout: LayoutId): string[] =>
  typing(text, layout).strokes.map(
    ({ code, shift, altGr }) => `${shift ? 'Shift+' : ''}${altGr ? 'AltGr+' : ''}${code}`,
  )

describe('layouts', () => {
  it.each(layoutIds)('%s says something of every key, four times', (id) => {
    for (const level of layouts[id]) expect(Array.from(level)).toHaveLength(keyCodes.length)
  })
})

describe('typing', () => {
  it.each<[string, LayoutId, string[]]>([
    ['a', 'us', ['KeyA']],
    ['A!', 'us', ['Shift+KeyA', 'Shift+Digit1']],
    ['z', 'de', ['KeyY']],
    ['@', 'us', ['Shift+Digit2']],
    ['@', 'gb', ['Shift+Quote']],
    ['@', 'de', ['AltGr+KeyQ']],
    ['a1', 'fr', ['KeyQ', 'Shift+Digit1']],
    ['\\', 'de', ['AltGr+Minus']],
    ['<', 'us', ['Shift+Comma']],
    ['<', 'de', ['IntlBackslash']],
    ['^', 'de', ['Backquote', 'Space']],
    ['\u00E9', 'de', ['Equal', 'KeyE']],
    ['\u00E9', 'fr', ['Digit2']],
    ['e\u0301', 'fr', ['Digit2']],
    ['a b\r\nc\td', 'us', ['KeyA', 'Space', 'KeyB', 'Enter', 'KeyC', 'Tab', 'KeyD']],
  ])('%j on %s', (text, layout, strokes) => {
    expect(typing(text, layout).untypable).toEqual([])
    expect(said(text, layout)).toEqual(strokes)
  })

  it('names once what no key gives, and types the rest', () => {
    expect(typing('\u4F60a\u{1F600}\u4F60', 'us')).toMatchObject({
      strokes: [{ code: 'KeyA' }],
      untypable: ['\u4F60', '\u{1F600}'],
    })
  })

  it('has a key for every printable ASCII character on most layouts, and says so where not', () => {
    const ascii = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index)).join('')
    const lacking = layoutIds.filter((id) => typing(ascii, id).untypable.length > 0)
    expect(lacking).toEqual([])
  })

  it('loses no character of any text', () => {
    const character = fc.oneof(
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
      fc.constantFrom('\r', '\n', '\u00E4'),
    )
    fc.assert(
      fc.property(fc.array(character), fc.constantFrom(...layoutIds), (characters, layout) => {
        const { strokes, untypable } = typing(characters.join(''), layout)
        const typable = Array.from(characters.join('').replaceAll(/\r\n?/g, '\n').normalize('NFC')).filter(
          (one) => !untypable.includes(one),
        )
        expect(strokes.length).toBeGreaterThanOrEqual(typable.length)
      }),
    )
  })

  it('names keys as X does', () => {
    expect([keysymOf('a'), keysymOf('\u00E4'), keysymOf('\u20AC')]).toEqual([0x61, 0xe4, 0x10020ac])
  })
})
