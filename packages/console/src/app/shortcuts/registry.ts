/** Every shortcut of the page, in one registry: what is listed under `?` is what works. */

import { useEffect, useSyncExternalStore } from 'react'

export interface Shortcut {
  /** `mod+k`, `?`, `g h` (one after the other), `shift+f10`. `mod` is ⌘ on Apple's computers, Ctrl elsewhere. */
  keys: string
  /** What it does, in the language of the page. */
  label: string
  /** Heading in the list of shortcuts. */
  group: string
  /** Left out where a page or a list handles the keys by itself and only wants them listed. */
  run?: () => void
  /** Works in text fields, too. */
  everywhere?: boolean
}

let shortcuts: readonly Shortcut[] = []
const listeners = new Set<() => void>()

function set(next: readonly Shortcut[]): void {
  shortcuts = next
  for (const listener of listeners) listener()
}

/** @returns takes them away again */
export function addShortcuts(added: readonly Shortcut[]): () => void {
  set([...shortcuts, ...added])
  return () => set(shortcuts.filter((shortcut) => !added.includes(shortcut)))
}

/** As long as the component is there. `added` must be stable (useMemo). */
export function useShortcuts(added: readonly Shortcut[]): void {
  useEffect(() => addShortcuts(added), [added])
}

export function useAllShortcuts(): readonly Shortcut[] {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => shortcuts,
  )
}

export function currentShortcuts(): readonly Shortcut[] {
  return shortcuts
}
