/** Reads what a browser asks of a storage list; it may have sent anything. */

import { isJsonObject, type Json } from '@berth/meta'
import {
  columnsOfTable,
  describeProblem,
  parseQuery,
  storageTables,
  type Query,
  type StorageRequest,
  type StorageTable,
} from '@berth/view'
import { ConsoleError } from '../../errors.ts'
import { readFields } from '../request-fields.ts'

const maxCount = 500
const maxFrom = 10_000_000
const maxSorts = 5
const maxFacets = 20
const maxLength = 400

/** @throws {ConsoleError} BadRequest with the field */
export function readStorageRequest(request: unknown): StorageRequest {
  const fields = readFields(request)
  const table = storageTables.find((known) => known === fields['table'])
  if (table === undefined) throw bad('table', `be one of ${storageTables.join(', ')}`)
  const { query = '', sort = [], facets = [] } = fields
  if (typeof query !== 'string') throw bad('query', 'be a text')
  queryOfTable(table, query)
  return {
    table,
    query,
    sort: list(sort, 'sort', maxSorts).map((each) => readSort(table, each)),
    from: whole(fields['from'], 'from', maxFrom),
    count: whole(fields['count'], 'count', maxCount),
    facets: [...new Set(list(facets, 'facets', maxFacets).map((each) => readFacet(table, each)))],
  }
}

/** @throws {ConsoleError} BadRequest with what is wrong with it */
export function queryOfTable(table: StorageTable, text: string): Query {
  const parsed = parseQuery(text, columnsOfTable(table))
  if (parsed.ok) return parsed.query
  throw new ConsoleError('BadRequest', parsed.problems.slice(0, 3).map(describeProblem).join(' '))
}

function readSort(table: StorageTable, value: Json): StorageRequest['sort'][number] {
  if (!isJsonObject(value)) throw bad('sort', 'hold objects with a column')
  const { column, descending = false } = value
  const id = text(column, 'sort.column')
  if (columnsOfTable(table).of(id)?.sortable !== true) throw bad('sort.column', 'be a column that can be sorted by')
  if (typeof descending !== 'boolean') throw bad('sort.descending', 'be true or false')
  return { column: id, ...(descending ? { descending } : {}) }
}

function readFacet(table: StorageTable, value: Json): string {
  const id = text(value, 'facets')
  if (columnsOfTable(table).of(id)?.facetable !== true) throw bad('facets', 'hold columns whose values can be counted')
  return id
}

function list(value: Json, name: string, most: number): Json[] {
  if (Array.isArray(value) && value.length <= most) return value
  throw bad(name, `be a list of at most ${most}`)
}

function text(value: Json | undefined, name: string): string {
  if (typeof value === 'string' && value.length <= maxLength) return value
  throw bad(name, `be a text of at most ${maxLength} characters`)
}

function whole(value: Json | undefined, name: string, most: number): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= most) return value
  throw bad(name, `be a whole number from 0 to ${most}`)
}

function bad(field: string, must: string): ConsoleError {
  return new ConsoleError('BadRequest', `request.${field} must ${must}`)
}
