import { describe, expect, it } from 'vitest'
import { chordOf, matchShortcut, type Pressed } from './chord.ts'

const press = (key: string, more: Partial<Pressed> = {}): Pressed => ({
  key,
  ctrlKey: false,
  metaKey: false,
  shiftKey: false,
  altKey: false,
  ...more,
})

describe('a chord', () => {
  it.each<[Pressed, boolean, string]>([
    [press('k', { ctrlKey: true }), false, 'mod+k'],
    [press('k', { metaKey: true }), true, 'mod+k'],
    [press('k', { ctrlKey: true }), true, 'other+k'],
    [press('?', { shiftKey: true }), false, '?'],
    [press('F10', { shiftKey: true }), false, 'shift+f10'],
    [press('A', { shiftKey: true, altKey: true }), false, 'alt+shift+a'],
    [press(' '), false, 'space'],
  ])('%j', (pressed, apple, chord) => {
    expect(chordOf(pressed, apple)).toBe(chord)
  })
})

describe('shortcuts', () => {
  const shortcuts = [{ keys: 'g h' }, { keys: 'h' }, { keys: 'mod+k', id: 1 }, { keys: 'mod+k', id: 2 }]
  it('of two keys need both, soon enough', () => {
    expect(matchShortcut(shortcuts, 'h', { chord: 'g', at: 1000 }, 1500)?.keys).toBe('g h')
    expect(matchShortcut(shortcuts, 'h', { chord: 'g', at: 1000 }, 9000)?.keys).toBe('h')
    expect(matchShortcut(shortcuts, 'g', undefined, 0)).toBeUndefined()
  })
  it('that were added last come first', () => {
    expect(matchShortcut(shortcuts, 'mod+k', undefined, 0)).toMatchObject({ id: 2 })
  })
})
