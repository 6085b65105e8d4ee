/** Whether the command bar is open, and with what text. */

import { useSyncExternalStore } from 'react'

let state: { text: string } | undefined
const listeners = new Set<() => void>()

function set(next: typeof state): void {
  state = next
  for (const listener of listeners) listener()
}

export function openCommandBar(text = ''): void {
  set({ text })
}

export function closeCommandBar(): void {
  set(undefined)
}

export function useCommandBar(): { text: string } | undefined {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => state,
  )
}
