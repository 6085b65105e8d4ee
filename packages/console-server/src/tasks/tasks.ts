/** The part of the server that keeps and runs tasks. */

import type { Part } from '../parts.ts'
import { watches } from '../watches/registry.ts'
import type { TaskRunner } from './run-task.ts'
import { createTaskBook } from './task-book.ts'

export const tasks: Part<TaskRunner> = {
  name: 'tasks',
  create: ({ clock, clusters, part }) => ({ book: createTaskBook(clock), watches: part(watches), clusters, clock }),
  close({ book }) {
    for (const task of book.all()) task.cancel.abort()
  },
}
