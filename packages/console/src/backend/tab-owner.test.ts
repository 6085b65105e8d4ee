import { beforeEach, expect, it } from 'vitest'
import { leaveTab, takeTab } from './tab-owner.ts'

const kept = new Map<string, string>()
const storage = {
  getItem: (key: string) => kept.get(key) ?? null,
  setItem: (key: string, value: string) => void kept.set(key, value),
  clear: () => kept.clear(),
}
beforeEach(() => kept.clear())

it('keeps what a person left in a tab until they sign out', () => {
  expect(takeTab(storage, 'local:ann')).toBe(false)
  storage.setItem('draft', 'secret')
  // The session ended by itself, or the page was loaded again.
  expect(takeTab(storage, 'local:ann')).toBe(false)
  expect(storage.getItem('draft')).toBe('secret')
  leaveTab(storage)
  expect(storage.getItem('draft')).toBeNull()
  expect(takeTab(storage, 'local:ann')).toBe(false)
})

it('shows nothing of it to the next', () => {
  takeTab(storage, 'local:ann')
  storage.setItem('draft', 'secret')
  expect(takeTab(storage, 'local:bob')).toBe(true)
  expect(storage.getItem('draft')).toBeNull()
  expect(takeTab(storage, 'local:bob')).toBe(false)
})

it('knows the next one after a sign-out, too', () => {
  takeTab(storage, 'local:ann')
  leaveTab(storage)
  expect(takeTab(storage, 'local:bob')).toBe(true)
})
