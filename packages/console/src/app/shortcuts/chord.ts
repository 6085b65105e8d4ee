/** Which shortcut a key means, with those of two keys one after the other. Pure. */

export interface Pressed {
  key: string
  ctrlKey: boolean
  metaKey: boolean
  shiftKey: boolean
  altKey: boolean
}

/** `mod+shift+k`, as it is written in a shortcut. */
export function chordOf({ key, ctrlKey, metaKey, shiftKey, altKey }: Pressed, apple: boolean): string {
  const mod = apple ? metaKey : ctrlKey
  const other = apple ? ctrlKey : metaKey
  const name = key === ' ' ? 'space' : key.toLowerCase()
  // Shift is part of what `?` is; it is said only of keys that it does not change.
  const said = shiftKey && (name.length > 1 || /[a-z0-9]/.test(name))
  return [mod && 'mod', other && 'other', altKey && 'alt', said && 'shift', name].filter(Boolean).join('+')
}

/** How long the second key may take. */
export const sequenceMs = 1200

export interface Typed {
  chord: string
  at: number
}

/** Finds the shortcut that `chord` completes; of two keys when the one before was the first of them. */
export function matchShortcut<Item extends { keys: string }>(
  shortcuts: readonly Item[],
  chord: string,
  before: Typed | undefined,
  now: number,
): Item | undefined {
  if (before !== undefined && now - before.at <= sequenceMs) {
    const sequence = shortcuts.find(({ keys }) => keys === `${before.chord} ${chord}`)
    if (sequence !== undefined) return sequence
  }
  // The last one added is the nearest to what is shown.
  return shortcuts.findLast(({ keys }) => keys === chord)
}
