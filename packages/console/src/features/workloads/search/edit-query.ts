/** Changes of a query's text by facets and links: the text stays what a person would write. Pure. */

import {
  exactValue,
  formatQuery,
  parseQuery,
  workloadColumns,
  type ColumnSet,
  type QueryTerm,
  type Searchable,
} from '@berth/view'

/** Fields of the list's queries; of workloads unless said. */
export type Fields = ColumnSet<Searchable>

type FieldTerm = Extract<QueryTerm, { kind: 'field' }>

/** `label:app` of the list is the field `label` with the value `app=web`. */
function fieldOf(column: string, value: string): { field: string; value: string } {
  const key = column.startsWith('label:') ? column.slice('label:'.length) : undefined
  return key === undefined ? { field: column, value } : { field: 'label', value: `${key}=${value}` }
}

function isWanted(term: QueryTerm, field: string): term is FieldTerm {
  return term.kind === 'field' && term.field === field && term.comparison === ':' && !term.negated
}

/** Whether the query asks for this value of a column. False where the text is no query. */
export function asksFor(text: string, column: string, value: string, fields: Fields = workloadColumns): boolean {
  const parsed = parseQuery(text, fields)
  if (!parsed.ok) return false
  const wanted = fieldOf(column, value)
  return parsed.query.terms.some(
    (term) =>
      isWanted(term, wanted.field) &&
      term.values.some((each) => each.text.toLowerCase() === wanted.value.toLowerCase()),
  )
}

/** Asks for a value of a column beside those that are asked for, or no longer. What is no query stays as it is. */
export function toggleValue(text: string, column: string, value: string, fields: Fields = workloadColumns): string {
  const parsed = parseQuery(text, fields)
  if (!parsed.ok) return text
  const wanted = fieldOf(column, value)
  const present = asksFor(text, column, value, fields)
  const terms: QueryTerm[] = []
  let done = false
  for (const term of parsed.query.terms) {
    if (!isWanted(term, wanted.field) || (done && !present)) {
      terms.push(term)
      continue
    }
    done = true
    const others = term.values.filter((each) => each.text.toLowerCase() !== wanted.value.toLowerCase())
    const values = present ? others : [...term.values, exactValue(wanted.value)]
    if (values.length > 0) terms.push({ ...term, values })
  }
  if (!done) {
    terms.push({
      kind: 'field',
      negated: false,
      field: wanted.field,
      comparison: ':',
      values: [exactValue(wanted.value)],
    })
  }
  return formatQuery({ terms })
}

/** A term that holds for exactly this value: `namespace:prod`. */
export function termFor(field: string, value: string): string {
  return formatQuery({
    terms: [{ kind: 'field', negated: false, field, comparison: ':', values: [exactValue(value)] }],
  })
}

/** The query without its last term, and without each: ways to loosen one that finds nothing. At most four. */
export function loosened(text: string): { without: string; query: string }[] {
  const parsed = parseQuery(text)
  if (!parsed.ok || parsed.query.terms.length < 2) return []
  const { terms } = parsed.query
  return terms
    .map((term, at) => ({
      without: formatQuery({ terms: [term] }),
      query: formatQuery({ terms: terms.filter((_, other) => other !== at) }),
    }))
    .toReversed()
    .slice(0, 4)
}

/** What is asked of the server: the scope of the top bar and the text. */
export function scopedQuery(scope: { cluster?: string; namespace?: string }, text: string): string {
  const terms = [
    ...(scope.cluster === undefined ? [] : [termFor('cluster', scope.cluster)]),
    ...(scope.namespace === undefined ? [] : [termFor('namespace', scope.namespace)]),
    text.trim(),
  ]
  return terms.filter((term) => term !== '').join(' ')
}
