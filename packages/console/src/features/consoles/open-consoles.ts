/** The consoles in the dock: kept by the browser's tab, so that a reload brings them back. */

import { useSyncExternalStore } from 'react'
import type { ConsoleTarget } from './stream-address.ts'

export type ConsoleKind = 'vnc' | 'serial'

export interface OpenConsole extends ConsoleTarget {
  kind: ConsoleKind
}

const storageKey = 'berth.consoles'
/** Each is a connection and a picture in memory. */
const most = 12

const listeners = new Set<() => void>()
let open: readonly OpenConsole[] = stored()
/** The one that somebody asked for last on this page, and how often anything was; a reload asks for nothing. */
let asked: AskedConsole = { times: 0 }

export interface AskedConsole {
  times: number
  console?: OpenConsole
}

export function consoleKey({ cluster, namespace, name, kind }: OpenConsole): string {
  return JSON.stringify([cluster, namespace, name, kind])
}

/** Opens it in the dock, or brings it to the front. The oldest gives way when there are too many. */
export function openConsole(console: OpenConsole): void {
  const key = consoleKey(console)
  asked = { times: asked.times + 1, console }
  set([...open.filter((other) => consoleKey(other) !== key), console].slice(-most))
}

export function closeConsole(console: OpenConsole): void {
  const key = consoleKey(console)
  set(open.filter((other) => consoleKey(other) !== key))
}

/** Last opened last. */
export function useOpenConsoles(): readonly OpenConsole[] {
  return useSyncExternalStore(subscribe, () => open)
}

/** Changes each time a console is to come to the front. */
export function useAskedConsole(): AskedConsole {
  return useSyncExternalStore(subscribe, () => asked)
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

function set(next: readonly OpenConsole[]): void {
  open = next
  sessionStorage.setItem(storageKey, JSON.stringify(next))
  for (const listener of listeners) listener()
}

function stored(): readonly OpenConsole[] {
  const text = sessionStorage.getItem(storageKey)
  if (text === null) return []
  try {
    const value: unknown = JSON.parse(text)
    return Array.isArray(value) ? value.filter(isOpenConsole).slice(-most) : []
  } catch {
    // Not ours, or cut off: an empty dock is where one begins.
    return []
  }
}

function isOpenConsole(value: unknown): value is OpenConsole {
  if (typeof value !== 'object' || value === null) return false
  const parts = value as Record<string, unknown>
  const named = ['cluster', 'namespace', 'name'].every((name) => typeof parts[name] === 'string')
  return named && (parts['kind'] === 'vnc' || parts['kind'] === 'serial')
}
