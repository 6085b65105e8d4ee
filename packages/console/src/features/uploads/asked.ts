/** The upload that is asked about: what was dropped, chosen, or has arrived before. One dialog for all places. */

import { useSyncExternalStore } from 'react'
import type { UploadInfo } from '@berth/view'

export interface AskedUpload {
  files?: readonly File[]
  /** It is here already. */
  info?: UploadInfo
  /** Proposed for the disk. */
  name?: string
  /** It is to be offered as an image. */
  image?: boolean
}

let asked: AskedUpload | undefined
const listeners = new Set<() => void>()

function set(next: AskedUpload | undefined): void {
  asked = next
  for (const listener of listeners) listener()
}

export const askUpload = (next: AskedUpload): void => set(next)
export const closeUpload = (): void => set(undefined)

const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

export const useAskedUpload = (): AskedUpload | undefined => useSyncExternalStore(subscribe, () => asked)
