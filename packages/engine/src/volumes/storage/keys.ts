/** Keys of turns. */

import type { Storage } from './storage.ts'

export function volumeKey(volume: string): string {
  return `volume/${volume}`
}

export function imageKey({ layout }: Storage, file: string): string {
  return `image/${layout.name}/${file}`
}
