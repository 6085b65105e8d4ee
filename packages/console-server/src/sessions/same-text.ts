/** Whether a secret was given, in a time that tells nothing of it. */

import { createHash, timingSafeEqual } from 'node:crypto'

export function sameText(given: string | string[] | undefined, expected: string): boolean {
  if (typeof given !== 'string') return false
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(expected))
}
