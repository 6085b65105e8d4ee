/** A draft as text, to be kept while its page is away. */

import { isJsonObject } from '@berth/meta'
import type { Draft } from './draft.ts'

export function storedDraft({ text, base, origin }: Draft): string {
  return JSON.stringify({ text, base, ...(origin === undefined ? {} : { origin }) })
}

/** undefined for anything that is no stored draft. */
export function restoredDraft(stored: string): Draft | undefined {
  let found: unknown
  try {
    found = JSON.parse(stored)
  } catch {
    // Another program's, or cut off: there is no draft.
    return undefined
  }
  if (!isJsonObject(found)) return undefined
  const { text, base, origin } = found
  if (typeof text !== 'string' || !isJsonObject(base)) return undefined
  if (origin === undefined) return { text, base }
  if (!isJsonObject(origin)) return undefined
  const { uid, resourceVersion } = origin
  if (typeof uid !== 'string' || typeof resourceVersion !== 'string') return undefined
  return { text, base, origin: { uid, resourceVersion } }
}
