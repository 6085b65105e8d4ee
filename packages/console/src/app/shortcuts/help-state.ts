/** Whether the list of shortcuts is shown. */

import { useSyncExternalStore } from 'react'

let shown = false
const listeners = new Set<() => void>()

function set(next: boolean): void {
  shown = next
  for (const listener of listeners) listener()
}

export function showShortcuts(): void {
  set(true)
}

export function hideShortcuts(): void {
  set(false)
}

export function useShortcutsShown(): boolean {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => shown,
  )
}
