/** The name a write is recorded under. */

import { isPrintable, maxManager } from './check-managers.ts'

/** Of clients that say nothing of themselves. */
const unknown = 'unknown'

/** `fieldManager` of the request, else what stands before the slash in its User-Agent. */
export function managerOf(fieldManager: string, userAgent: string | undefined): string {
  if (fieldManager !== '') return fieldManager
  const said = (userAgent ?? '').split('/', 1)[0] ?? ''
  const name = said.length <= maxManager / 4 && isPrintable(said) ? said : trimmed(said)
  return name === '' ? unknown : name
}

function trimmed(said: string): string {
  let name = ''
  let bytes = 0
  for (const letter of said) {
    if (!isPrintable(letter)) continue
    bytes += Buffer.byteLength(letter)
    if (bytes > maxManager) break
    name += letter
  }
  return name
}
