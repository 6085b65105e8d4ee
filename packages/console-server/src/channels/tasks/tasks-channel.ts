/** Channel `tasks`: the person's own tasks, at most four updates a second. */

import { tasks } from '../../tasks/tasks.ts'
import { taskOf, type TaskRecord } from '../../tasks/task-book.ts'
import type { ChannelKind } from '../channel.ts'
import { readFields } from '../request-fields.ts'

const pauseMs = 250

export const tasksChannel: ChannelKind<'tasks'> = {
  parse(request) {
    readFields(request)
    return {}
  },
  open({ context, send, ready }) {
    const { book } = context.part(tasks)
    const { owner } = context.session
    const changed = new Set<TaskRecord>()
    let everything = false
    let cancel: (() => void) | undefined

    const sendAll = (): void => {
      everything = false
      changed.clear()
      send({ kind: 'all', tasks: book.of(owner) })
    }
    const flush = (): void => {
      cancel = undefined
      if (ready?.() === false) {
        later()
        return
      }
      if (everything) return sendAll()
      const update = [...changed].map(taskOf)
      changed.clear()
      if (update.length > 0) send({ kind: 'more', tasks: update })
    }
    function later(): void {
      cancel ??= context.clock.after(pauseMs, flush)
    }

    const off = book.onChange(owner, (task) => {
      if (task === undefined) everything = true
      else changed.add(task)
      later()
    })
    sendAll()
    return {
      change: sendAll,
      resync: sendAll,
      close() {
        off()
        cancel?.()
      },
    }
  },
}
