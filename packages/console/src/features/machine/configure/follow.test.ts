import { expect, test } from 'vitest'
import type { KubeObject } from '@berth/meta'
import { draftField, isDirty, openDraft, pathText, withText, withValue } from '@berth/view'
import { conflictOf, decided, edited, followed, startFollowing } from './follow.ts'

interface Thing extends KubeObject {
  spec: { a: number; b: number }
  status?: object
}
const thing = (version: number, spec: Thing['spec'], more: Partial<Thing> = {}): Thing => ({
  apiVersion: 'x/v1',
  kind: 'Thing',
  metadata: { name: 't', uid: 'u', resourceVersion: String(version) },
  spec,
  ...more,
})
const first = thing(1, { a: 1, b: 1 })

test('a new status changes nothing but the version; what was older changes nothing at all', () => {
  const mine = startFollowing(withValue(openDraft(first), ['spec', 'a'], 2))
  const next = followed(mine, thing(2, first.spec, { status: { ready: true } }))
  expect(next.draft.text).toBe(mine.draft.text)
  expect(next.draft.origin?.resourceVersion).toBe('2')
  expect(followed(next, first)).toBe(next)
})

test('without changes of its own it follows; with them, what others change comes in', () => {
  const untouched = followed(startFollowing(openDraft(first)), thing(2, { a: 5, b: 1 }))
  expect(draftField(untouched.draft, ['spec', 'a']).value).toBe(5)
  expect(isDirty(untouched.draft)).toBe(false)
  const mine = startFollowing(withValue(openDraft(first), ['spec', 'a'], 2))
  const next = followed(mine, thing(2, { a: 1, b: 7 }))
  expect(draftField(next.draft, ['spec', 'b'])).toMatchObject({ value: 7, dirty: false })
  expect(draftField(next.draft, ['spec', 'a'])).toMatchObject({ value: 2, dirty: true })
  expect(next.taken.map(({ path }) => pathText(path))).toEqual(['spec.b'])
})

test('a conflict waits for a choice, also through further typing', () => {
  const mine = startFollowing(withValue(openDraft(first), ['spec', 'a'], 2))
  const waiting = followed(mine, thing(2, { a: 3, b: 1 }))
  expect(conflictOf(waiting)?.conflicts).toMatchObject([{ mine: 2, theirs: 3 }])
  const typed = edited(waiting, withValue(waiting.draft, ['spec', 'b'], 9))
  expect(conflictOf(typed)?.conflicts).toHaveLength(1)
  const done = decided(typed, new Map([['spec.a', 'theirs']]))
  expect(conflictOf(done)).toBeUndefined()
  expect(draftField(done.draft, ['spec', 'a']).value).toBe(3)
  expect(draftField(done.draft, ['spec', 'b']).value).toBe(9)
  // Taking one's own change back ends the conflict as well.
  expect(conflictOf(edited(waiting, withValue(waiting.draft, ['spec', 'a'], 1)))).toBeUndefined()
})

test('a text that is no YAML is merged when it is one again', () => {
  const mine = startFollowing(withText(openDraft(first), 'spec: ['))
  const waiting = followed(mine, thing(2, { a: 3, b: 1 }))
  expect(waiting.draft.text).toBe('spec: [')
  const mended = edited(waiting, withValue(openDraft(first), ['spec', 'b'], 4))
  expect(draftField(mended.draft, ['spec', 'a']).value).toBe(3)
  expect(draftField(mended.draft, ['spec', 'b']).value).toBe(4)
})
