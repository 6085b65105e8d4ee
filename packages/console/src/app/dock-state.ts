/** Whether the dock is open, how high it is, what is in front. Kept by the browser. */

import { useSyncExternalStore } from 'react'

export interface DockState {
  open: boolean
  /** Pixels. */
  height: number
  /** `tasks`, or the key of a console. */
  tab: string
}

const storageKey = 'berth.dock'
export const dockHeights = { least: 120, usual: 280, most: (): number => Math.round(window.innerHeight * 0.7) }
const listeners = new Set<() => void>()
let state = read()

function read(): DockState {
  const closed: DockState = { open: false, height: dockHeights.usual, tab: 'tasks' }
  try {
    const kept: Record<string, unknown> = Object(JSON.parse(localStorage.getItem(storageKey) ?? '{}'))
    const { open, height } = kept
    return { ...closed, open: open === true, height: typeof height === 'number' ? bounded(height) : closed.height }
  } catch {
    return closed
  }
}

function bounded(height: number): number {
  return Math.min(dockHeights.most(), Math.max(dockHeights.least, height))
}

export function setDock(change: Partial<DockState>): void {
  const next = { ...state, ...change }
  state = { ...next, height: bounded(next.height) }
  localStorage.setItem(storageKey, JSON.stringify({ open: state.open, height: state.height }))
  for (const listener of listeners) listener()
}

export function useDock(): DockState {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => state,
  )
}
