import { columnOf as serverColumn } from '@berth/view'
import { describe, expect, it } from 'vitest'
import { columnTable } from './column-ids.ts'

/** Drawn from several values; the server knows no such column. */
const own = ['labels', 'reason']

describe('columns of the list', () => {
  it.each(columnTable.filter(({ id }) => !own.includes(id)))(
    '$id is one of the server, which can sort by it',
    (column) => {
      const known = serverColumn(column.id)
      expect(known?.id).toBe(column.id)
      expect(known?.sortable).toBe(column.sortable)
    },
  )

  it.each(own)('%s is not sorted by', (id) => {
    expect(serverColumn(id)).toBeUndefined()
    expect(columnTable.find((column) => column.id === id)?.sortable).toBe(false)
  })
})
