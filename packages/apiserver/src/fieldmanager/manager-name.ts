/** The name a write is recorded under. */

import { isPrintable, maxManager } from './check-managers.ts'

/** Of clients that say nothing of themselves. */
const unknown = 'unknown'

/** `fieldManager` of the request, else what stands before the slash in its User-Agent. */
export function managerOf(fieldManager: string, userAgent: string | undefined): string {
  if (fieldManager !== '') return fieldManager
  let name = ''
  let bytes = 0
  for (const letter of (userAgent ?? '').split('/', 1)[0] ?? '') {
    if (!isPrintable(letter)) continue
    bytes += Buffer.byteLength(letter)
    if (bytes > maxManager) break
    name += letter
  }
  return name === '' ? unknown : name
}
