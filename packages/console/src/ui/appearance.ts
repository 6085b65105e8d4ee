/** Light, dark or as the system; more contrast or as the system; how tall rows are. Chosen per browser, shown at once. */

import { useSyncExternalStore } from 'react'

export interface Appearance {
  scheme: 'auto' | 'light' | 'dark'
  contrast: 'auto' | 'more' | 'normal'
  density: 'compact' | 'comfortable'
}

const storageKey = 'berth.appearance'
const choices: { readonly [Name in keyof Appearance]: readonly Appearance[Name][] } = {
  scheme: ['auto', 'light', 'dark'],
  contrast: ['auto', 'more', 'normal'],
  density: ['compact', 'comfortable'],
}
const systemContrast = window.matchMedia('(prefers-contrast: more)')
const listeners = new Set<() => void>()

function oneOf<Value extends string>(allowed: readonly Value[], value: unknown): Value {
  const found = allowed.find((choice) => choice === value) ?? allowed[0]
  if (found === undefined) throw new Error('a choice without values')
  return found
}

function read(): Appearance {
  let kept: Record<string, unknown> = {}
  try {
    kept = Object(JSON.parse(localStorage.getItem(storageKey) ?? '{}'))
  } catch {
    // Written by somebody else: as if nothing were chosen.
  }
  return {
    scheme: oneOf(choices.scheme, kept['scheme']),
    contrast: oneOf(choices.contrast, kept['contrast']),
    density: oneOf(choices.density, kept['density']),
  }
}

let current = read()

function show(): void {
  const { dataset } = document.documentElement
  const more = current.contrast === 'more' || (current.contrast === 'auto' && systemContrast.matches)
  dataset['contrast'] = more ? 'more' : 'normal'
  dataset['density'] = current.density
}

show()
systemContrast.addEventListener('change', show)

export function setAppearance(change: Partial<Appearance>): void {
  current = { ...current, ...change }
  localStorage.setItem(storageKey, JSON.stringify(current))
  show()
  for (const listener of listeners) listener()
}

export function getAppearance(): Appearance {
  return current
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

export function useAppearance(): Appearance {
  return useSyncExternalStore(subscribe, getAppearance)
}
