/** Finds the line whose name begins with what is typed. Pure. */

export interface Typed {
  text: string
  /** Milliseconds since 1970 of the last letter. */
  at: number
}

/** Letters that come sooner after each other belong together. */
const pauseMs = 800

export function typeLetter(before: Typed | undefined, letter: string, at: number): Typed {
  const goesOn = before !== undefined && at - before.at < pauseMs
  return { text: goesOn ? before.text + letter : letter, at }
}

/**
 * @param options.nameAt name of a line; undefined for heads of groups and what is not loaded
 * @returns index of the line, after `from` first and then from the beginning; undefined when there is none
 */
export function findTyped(options: {
  text: string
  from: number
  first: number
  end: number
  nameAt: (index: number) => string | undefined
}): number | undefined {
  const { from, first, end, nameAt } = options
  const wanted = options.text.toLowerCase()
  // The same letter again means the next one; more letters may mean the one that is reached already.
  const letters = new Set(wanted)
  const text = letters.size === 1 ? (wanted[0] ?? '') : wanted
  const start = letters.size === 1 ? from + 1 : from
  const count = end - first
  for (let step = 0; step < count; step++) {
    const index = first + ((((start - first + step) % count) + count) % count)
    if (nameAt(index)?.toLowerCase().startsWith(text) === true) return index
  }
  return undefined
}
