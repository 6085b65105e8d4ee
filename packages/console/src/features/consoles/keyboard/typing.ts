/** Text as keys pressed on a keyboard of a layout, and which characters no key gives. */

import { extraKey, keyCodes } from './key-codes.ts'
import { layouts, type Layout, type LayoutId } from './layouts.ts'

export interface Stroke {
  /** UI Events code of the key: `KeyA`. */
  code: string
  shift: boolean
  altGr: boolean
  /** X keysym, for servers that do not take codes. */
  keysym: number
}

/** Line ends are one key whatever they are made of. */
const lineEnds = /\r\n?/g
const controlKeys: Readonly<Record<string, { code: string; keysym: number }>> = {
  '\n': { code: 'Enter', keysym: 0xff0d },
  '\t': { code: 'Tab', keysym: 0xff09 },
  ' ': { code: 'Space', keysym: 0x20 },
}
/** What a dead key gives when Space follows it. */
const alone: Readonly<Record<string, string>> = {
  '`': '\u0300',
  '\u00B4': '\u0301',
  '^': '\u0302',
  '~': '\u0303',
  '\u00AF': '\u0304',
  '\u00A8': '\u0308',
  '\u00B0': '\u030A',
  '\u00B8': '\u0327',
}

const cache = new Map<LayoutId, Map<string, Stroke>>()

/** X keysyms: Latin-1 as it is, everything else 0x01000000 plus its code point (X11 protocol, appendix A). */
export function keysymOf(character: string): number {
  const point = character.codePointAt(0) ?? 0
  return point < 0x100 ? point : 0x01_00_00_00 + point
}

/** The strokes that type `text`, in order; `untypable` has each character that the layout has no key for, once. */
export function typing(text: string, layout: LayoutId): { strokes: Stroke[]; untypable: string[] } {
  const keys = keysOf(layout)
  const strokes: Stroke[] = []
  const untypable = new Set<string>()
  for (const character of text.replaceAll(lineEnds, '\n').normalize('NFC')) {
    const needed = strokesFor(character, keys)
    if (needed === undefined) untypable.add(character)
    else strokes.push(...needed)
  }
  return { strokes, untypable: [...untypable] }
}

function strokesFor(character: string, keys: ReadonlyMap<string, Stroke>): Stroke[] | undefined {
  const control = controlKeys[character]
  if (control !== undefined) return [{ ...control, shift: false, altGr: false }]
  const key = keys.get(character)
  if (key !== undefined) return [key]
  const dead = keys.get(alone[character] ?? '')
  if (dead !== undefined) return [dead, { code: 'Space', keysym: 0x20, shift: false, altGr: false }]
  // An accented letter is its mark, then the letter.
  const [letter = '', mark = '', ...more] = character.normalize('NFD')
  const [first, second] = [keys.get(mark), keys.get(letter)]
  return more.length > 0 || mark === '' || first === undefined || second === undefined ? undefined : [first, second]
}

/** Each character's easiest key: no modifier before Shift before AltGr, and the key that many keyboards lack last. */
function keysOf(id: LayoutId): ReadonlyMap<string, Stroke> {
  const known = cache.get(id)
  if (known !== undefined) return known
  const keys = new Map<string, Stroke>()
  const layout: Layout = layouts[id]
  for (const ordinary of [true, false]) {
    layout.forEach((characters, level) => {
      Array.from(characters).forEach((character, place) => {
        const code = keyCodes[place]
        if (code === undefined || character === ' ' || (code !== extraKey) !== ordinary || keys.has(character)) return
        const stroke = { code, shift: level % 2 === 1, altGr: level >= 2, keysym: keysymOf(character) }
        keys.set(character, stroke)
      })
    })
  }
  cache.set(id, keys)
  return keys
}
