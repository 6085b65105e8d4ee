/** Whether the command bar is open, and with what text. */

import { useSyncExternalStore } from 'react'

let state: { text: string } | undefined
const listeners = new Set<() => void>()

function set(next: typeof state): void {
  state = next
  for (const listener of listeners) listener()
}

export function openCommandBar(text = ''): void {
  typed = ''
  set({ text })
}

export function closeCommandBar(): void {
  set(undefined)
}

/** What is typed before the bar is there. */
let typed = ''

export function typeAhead(change: (text: string) => string): void {
  typed = change(typed)
}

export function typedAhead(): string {
  return typed
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
