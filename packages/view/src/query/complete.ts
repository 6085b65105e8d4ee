/** What could be written next in a query: names of fields, then values that there are. */

import { workloadColumns, type ColumnSet, type Searchable } from '../rows/column.ts'
import { exactValue, quote } from './format.ts'
import { tokensOf } from './tokens.ts'

export interface Suggestion {
  /** Replaces what stands between `from` and `to`. */
  text: string
  kind: 'field' | 'value'
  /** Id of the column, `label`, and the value it is about. */
  field: string
  value?: string
  /** Rows that have the value. */
  count?: number
}

export interface Completion {
  from: number
  to: number
  /** At most 20, the likeliest first. */
  suggestions: readonly Suggestion[]
}

interface KnownValues {
  column: string
  values: readonly { value: string; count: number }[]
}

const most = 20

type Fields = Pick<ColumnSet<Searchable>, 'columns' | 'of' | 'known'>

/**
 * @param cursor place of the caret, in UTF-16 units
 * @param known facet counts, as the list has them
 */
export function completeQuery(
  text: string,
  cursor: number,
  known: readonly KnownValues[],
  fields: Fields = workloadColumns,
): Completion {
  const token = tokensOf(text.slice(0, cursor)).at(-1)
  const nothing = { from: cursor, to: cursor, suggestions: [] }
  if (token === undefined || token.to < cursor) return { ...nothing, suggestions: fieldSuggestions('', fields) }
  const start = token.from + (token.negated ? 1 : 0)
  if (token.field === undefined) {
    const typed = text.slice(start, cursor)
    return {
      from: start,
      to: cursor,
      suggestions: [...fieldSuggestions(typed, fields), ...everyValue(typed, known, fields)].slice(0, most),
    }
  }
  const name = token.field.toLowerCase()
  const field = name === 'label' ? name : fields.of(name)?.id
  const value = token.values.at(-1)
  if (field === undefined || value === undefined) return nothing
  return {
    from: value.from,
    to: cursor,
    suggestions: valuesOf(field, known, fields)
      .filter((each) => each.value !== '' && each.value.toLowerCase().includes(value.text.toLowerCase()))
      .slice(0, most)
      .map((each) => ({ ...each, kind: 'value', field, text: written(each.value) })),
  }
}

function fieldSuggestions(typed: string, { columns }: Fields): Suggestion[] {
  const lower = typed.toLowerCase()
  const names = [...columns.map(({ id }) => id), 'label'].filter((name) => {
    const aliases = columns.find(({ id }) => id === name)?.aliases ?? []
    return [name, ...aliases].some((each) => each.startsWith(lower))
  })
  return names.map((name) => ({ text: `${name}:`, kind: 'field', field: name }))
}

/** Somebody who types `Runn` most likely means `status:Running`. */
function everyValue(typed: string, known: readonly KnownValues[], fields: Fields): Suggestion[] {
  if (typed.length < 2) return []
  const lower = typed.toLowerCase()
  return fields.columns
    .filter(({ facetable }) => facetable)
    .flatMap(({ id }) =>
      valuesOf(id, known, fields)
        .filter(({ value, count }) => count !== undefined && value.toLowerCase().startsWith(lower))
        .map((each) => ({ ...each, kind: 'value' as const, field: id, text: `${id}:${written(each.value)}` })),
    )
    .sort((left, right) => (right.count ?? 0) - (left.count ?? 0))
}

function valuesOf(field: string, known: readonly KnownValues[], fields: Fields): { value: string; count?: number }[] {
  if (field === 'label') {
    return known
      .filter(({ column }) => column.startsWith('label:'))
      .flatMap(({ column, values }) =>
        values.map(({ value, count }) => ({ value: `${column.slice('label:'.length)}=${value}`, count })),
      )
  }
  const counted = known.find(({ column }) => column === field)?.values ?? []
  const more = (fields.known[field] ?? []).filter((value) => !counted.some((each) => each.value === value))
  return [...counted, ...more.map((value) => ({ value }))]
}

function written(text: string): string {
  const value = exactValue(text)
  return value.quoted ? quote(value.text) : value.text
}
