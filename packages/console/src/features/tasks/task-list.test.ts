import type { Task, TaskItem } from '@berth/view'
import { describe, expect, it } from 'vitest'
import { causesOf, foldTasks, partDone } from './task-list.ts'

const task = (id: string, more: Partial<Task> = {}): Task => ({
  id,
  action: 'stop',
  count: 4,
  state: 'running',
  startedAt: `2026-01-01T00:00:0${id}Z`,
  done: 0,
  failed: 0,
  skipped: 0,
  items: [],
  ...more,
})

const failed = (name: string, message: string): TaskItem => ({
  target: { cluster: 'here', group: '', version: 'v1', resource: 'pods', name },
  state: 'failed',
  message,
})

describe('the list of tasks', () => {
  it('is newest first, and takes the place of what it knew', () => {
    const first = foldTasks(undefined, { kind: 'all', tasks: [task('1'), task('3')] })
    expect(first.map(({ id }) => id)).toEqual(['3', '1'])
    const next = foldTasks(first, { kind: 'more', tasks: [task('1', { done: 4 }), task('4')] })
    expect(next.map(({ id, done }) => [id, done])).toEqual([
      ['4', 0],
      ['3', 0],
      ['1', 4],
    ])
    expect(foldTasks(next, { kind: 'all', tasks: [] })).toEqual([])
  })

  it('knows how far one is', () => {
    expect(partDone(task('1', { done: 1, failed: 1, skipped: 1 }))).toBe(0.75)
    expect(partDone(task('1', { count: 0 }))).toBe(1)
  })

  it('puts failures together by cause', () => {
    const items = [failed('a', 'quota'), failed('b', 'gone'), failed('c', 'quota')]
    expect(causesOf(task('1', { items }))).toEqual([
      { message: 'quota', names: ['a', 'c'] },
      { message: 'gone', names: ['b'] },
    ])
  })
})
