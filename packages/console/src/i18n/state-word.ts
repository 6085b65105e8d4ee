/** The word of a state: the same on every page. */

import type { TFunction } from 'i18next'

/** In the reader's language where it is known, otherwise as the server says it. `t` may be of any namespace. */
export function stateWord(t: TFunction, status: string): string {
  return t(`app:status.${status}`, { defaultValue: status })
}

/** With the server's own word behind it, where that is not nearly the same: who uses other tools meets that one there. */
export function stateWords(t: TFunction, status: string): string {
  const word = stateWord(t, status)
  return letters(word) === letters(status) ? word : `${word} (${status})`
}

function letters(text: string): string {
  return text.replaceAll(/\s/g, '').toLowerCase()
}
