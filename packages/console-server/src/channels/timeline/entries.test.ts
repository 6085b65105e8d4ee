import { expect, test } from 'vitest'
import { createTaskBook } from '../../tasks/task-book.ts'
import { taskEntries } from './entries.ts'

const clock = { now: () => new Date(0), after: () => () => {} }
const place = { cluster: 'here', namespace: 'shop', name: 'till' }
const target = { ...place, group: 'kubevirt.io', version: 'v1', resource: 'virtualmachines' }

test('everybody sees what was done to a machine, and what a form says of itself who asked for it', () => {
  const book = createTaskBook(clock)
  for (const action of ['restart', 'edit']) book.open({ owner: 'local:ann', action, targets: [target] })
  const seenBy = (reader: string): string[] =>
    taskEntries(book.all(), { ...place, reader }).map(({ title, who }) => `${title} by ${who ?? ''}`)
  expect(seenBy('local:bob')).toEqual(['restart by ann'])
  expect(seenBy('local:ann')).toEqual(['restart by ann', 'edit by ann'])
  expect(taskEntries(book.all(), { ...place, name: 'other', reader: 'local:ann' })).toEqual([])
})
