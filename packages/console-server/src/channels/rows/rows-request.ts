/** Reads what a browser asks of the list. */

import { isJsonObject, type Json } from '@berth/meta'
import { columnOf, describeProblem, parseQuery, type Query, type RowsRequest } from '@berth/view'
import { ConsoleError } from '../../errors.ts'
import { readFields } from '../request-fields.ts'

const maxCount = 500
const maxSorts = 5
const maxCollapsed = 1000
const maxFacets = 20
const maxLength = 400
/** Of rows: no list is longer, and a sum with the window's size stays exact. */
const maxFrom = 10_000_000

/** @throws {ConsoleError} BadRequest with the field */
export function readRowsRequest(request: unknown): RowsRequest {
  const fields = readFields(request)
  if (fields['table'] !== 'workloads') throw bad('table', 'be "workloads"')
  const { query = '', group } = fields
  if (typeof query !== 'string') throw bad('query', 'be a text')
  queryOf(query)
  if (group !== undefined && (typeof group !== 'string' || columnOf(known(group, 'group'))?.groupable !== true)) {
    throw bad('group', 'be a column that rows can be grouped by')
  }
  return {
    table: 'workloads',
    query,
    sort: list(fields['sort'] ?? [], { name: 'sort', most: maxSorts }).map(readSort),
    ...(typeof group === 'string' ? { group } : {}),
    collapsed: list(fields['collapsed'] ?? [], { name: 'collapsed', most: maxCollapsed }).map((each) =>
      known(each, 'collapsed'),
    ),
    from: whole(fields['from'], { name: 'from', most: maxFrom }),
    count: whole(fields['count'], { name: 'count', most: maxCount }),
    facets: [
      ...new Set(list(fields['facets'] ?? [], { name: 'facets', most: maxFacets }).map((each) => readFacet(each))),
    ],
  }
}

/** @throws {ConsoleError} BadRequest with what is wrong with it */
export function queryOf(text: string): Query {
  const parsed = parseQuery(text)
  if (parsed.ok) return parsed.query
  throw new ConsoleError('BadRequest', parsed.problems.slice(0, 3).map(describeProblem).join(' '))
}

/** @throws {ConsoleError} BadRequest */
export function readSort(value: unknown): { column: string; descending?: boolean } {
  if (!isJsonObject(value)) throw bad('sort', 'hold objects with a column')
  const { column, descending = false } = value
  const id = known(column, 'sort.column')
  if (columnOf(id)?.sortable !== true) throw bad('sort.column', 'be a column that can be sorted by')
  if (typeof descending !== 'boolean') throw bad('sort.descending', 'be true or false')
  return { column: id, ...(descending ? { descending } : {}) }
}

function readFacet(value: Json): string {
  const id = known(value, 'facets')
  if (columnOf(id)?.facetable !== true) throw bad('facets', 'hold columns whose values can be counted')
  return id
}

function list(value: Json, { name, most }: { name: string; most: number }): Json[] {
  if (Array.isArray(value) && value.length <= most) return value
  throw bad(name, `be a list of at most ${most}`)
}

function known(value: Json | undefined, name: string): string {
  if (typeof value === 'string' && value.length <= maxLength) return value
  throw bad(name, `be a text of at most ${maxLength} characters`)
}

function whole(value: Json | undefined, { name, most }: { name: string; most: number }): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= most) return value
  throw bad(name, `be a whole number from 0 to ${most}`)
}

function bad(field: string, must: string): ConsoleError {
  return new ConsoleError('BadRequest', `request.${field} must ${must}`)
}
