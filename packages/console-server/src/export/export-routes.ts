/** `GET /api/export.csv?query=&sort=-memory,name&columns=name,status`: the whole list as it is now, with the person's own rights. */

import { Readable } from 'node:stream'
import { columnOf, type Column } from '@berth/view'
import type { FastifyRequest } from 'fastify'
import { placesOf, viewRequest } from '../channels/rows/rows-channel.ts'
import { readRowsRequest } from '../channels/rows/rows-request.ts'
import { ConsoleError } from '../errors.ts'
import type { Routes } from '../http/routes.ts'
import { rows } from '../rows/engine.ts'
import type { Entry } from '../rows/entry.ts'
import { csvLine } from './csv.ts'

const defaultColumns = 'name,namespace,cluster,kind,status,node,address,os,cpus,memory,storage,age'
const maxColumns = 40
/** Rows that are made into text at once, so that other people's lists go on meanwhile. */
const chunkRows = 500

export const exportRoutes: Routes = (app, context) => {
  app.get('/api/export.csv', async (request, reply) => {
    const { query, sort, group, columns } = readExport(request)
    const places = placesOf(context.person(request), context.clusters)
    const { entries, sources } = await context.part(rows).select({
      places,
      request: viewRequest({ query, sort, ...(group === undefined ? {} : { group }) }),
    })
    const missing = sources.find(({ resource, state }) => resource === 'virtualmachines' && state === 'loading')
    if (missing !== undefined) {
      throw new ConsoleError(
        'Unavailable',
        `the machines of ${missing.cluster} are not known yet; try again in a moment`,
      )
    }
    void reply.header('content-type', 'text/csv; charset=utf-8')
    void reply.header('content-disposition', 'attachment; filename="workloads.csv"')
    return reply.send(Readable.from(lines(entries, columns)))
  })
}

function readExport(request: FastifyRequest): ReturnType<typeof readRowsRequest> & { columns: Column[] } {
  const fields = request.query
  if (typeof fields !== 'object' || fields === null) throw new ConsoleError('BadRequest', 'the query cannot be read')
  const {
    table = 'workloads',
    query = '',
    sort = '',
    columns = defaultColumns,
    group,
  } = fields as Record<string, unknown> // what fastify reads of a query
  const texts = [sort, columns]
  if (!texts.every((text) => typeof text === 'string')) {
    throw new ConsoleError('BadRequest', 'sort and columns must each be given once')
  }
  const asked = readRowsRequest({
    table,
    query,
    ...(group === undefined ? {} : { group }),
    sort: wordsOf(String(sort)).map((word) =>
      word.startsWith('-') ? { column: word.slice(1), descending: true } : { column: word },
    ),
    from: 0,
    count: 0,
  })
  const words = wordsOf(String(columns))
  if (words.length > maxColumns) throw new ConsoleError('BadRequest', `columns must name at most ${maxColumns}`)
  return { ...asked, columns: words.map(columnNamed) }
}

function columnNamed(id: string): Column {
  const column = columnOf(id)
  if (column !== undefined) return column
  throw new ConsoleError('BadRequest', `columns: there is no column "${id.slice(0, 60)}"`)
}

const wordsOf = (text: string): string[] => text.split(',').filter((word) => word !== '')

async function* lines(entries: readonly Entry[], columns: readonly Column[]): AsyncGenerator<string> {
  yield csvLine(columns.map(({ id }) => id))
  for (let at = 0; at < entries.length; at += chunkRows) {
    yield entries
      .slice(at, at + chunkRows)
      .map(({ row }) => csvLine(columns.map((column) => cellOf(column, row))))
      .join('')
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/** Amounts are whole numbers (bytes), times are ISO 8601, several values stand between blanks. */
function cellOf(column: Column, row: Parameters<Column['value']>[0]): string {
  const value = column.value(row)
  if (value === undefined) return ''
  if (typeof value === 'object') return value.join(' ')
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (column.type === 'time' && typeof value === 'number') return new Date(value).toISOString()
  return String(value)
}
