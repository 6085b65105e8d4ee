/** From text to terms, with every problem and its place. */

import { columns, workloadColumns, type ColumnSet, type ColumnType, type Searchable } from '../rows/column.ts'
import { nearest } from './distance.ts'
import type { ParsedQuery, QueryProblem, QueryTerm, WantedForm } from './query.ts'
import { tokensOf, type Token } from './tokens.ts'
import { readAge, readBytes, readFlag, readNumber } from './units.ts'

export const maxQueryLength = 2000
const maxValues = 200

/** Names of fields, as they are offered. */
export const fieldNames: readonly string[] = [...columns.map(({ id }) => id), 'label']

/** The columns a query is read with; of workloads unless said. */
type Fields = Pick<ColumnSet<Searchable>, 'columns' | 'of'>

/** Never throws. The empty text is the query that everything matches. */
export function parseQuery(text: string, fields: Fields = workloadColumns): ParsedQuery {
  if (text.length > maxQueryLength) {
    return { ok: false, problems: [{ code: 'too-long', most: maxQueryLength, from: maxQueryLength, to: text.length }] }
  }
  const tokens = tokensOf(text)
  const count = tokens.reduce((sum, { values }) => sum + values.length, 0)
  if (count > maxValues)
    return { ok: false, problems: [{ code: 'too-many', most: maxValues, from: 0, to: text.length }] }
  const problems: QueryProblem[] = []
  const terms = tokens.map((token) => termOf(token, problems, fields)).filter((term) => term !== undefined)
  return problems.length > 0 ? { ok: false, problems } : { ok: true, query: { terms } }
}

function termOf(token: Token, problems: QueryProblem[], fields: Fields): QueryTerm | undefined {
  const { from, to, negated, comparison = ':' } = token
  const place = { from, to }
  if (token.open) {
    problems.push({ ...place, code: 'open-quote' })
    return undefined
  }
  const values = token.values.map(({ text, quoted }) => ({ text, quoted }))
  const [first] = values
  if (token.field === undefined) {
    if (first === undefined || (first.text === '' && !first.quoted)) {
      problems.push({ ...place, code: 'nothing-to-exclude' })
      return undefined
    }
    return { kind: 'word', negated, value: first }
  }
  const name = token.field.toLowerCase()
  const field = name === 'label' ? name : fields.of(name)?.id
  if (field === undefined) {
    const allNames = [...fields.columns.flatMap(({ id, aliases = [] }) => [id, ...aliases]), 'label']
    const meant = nearest(name, allNames)
    problems.push({
      ...place,
      to: from + (negated ? 1 : 0) + name.length,
      code: 'unknown-field',
      field: token.field,
      known: [...fields.columns.map(({ id }) => id), 'label'],
      ...(meant === undefined ? {} : { meant }),
    })
    return undefined
  }
  const found = problemsOf(token, field, fields)
  problems.push(...found)
  return found.length > 0 ? undefined : { kind: 'field', negated, field, comparison, values }
}

function problemsOf(token: Token, field: string, fields: Fields): QueryProblem[] {
  const { from, to, comparison, values } = token
  const type = field === 'label' ? 'label' : fields.of(field)?.type
  const measured = type === 'number' || type === 'bytes' || type === 'time'
  if (comparison !== ':' && !measured) return [{ code: 'not-comparable', field, from, to }]
  const empty = values.find(({ text, quoted }) => text === '' && (!quoted || measured || type === 'label'))
  if (empty !== undefined) return [{ code: 'no-value', field, from, to }]
  const form = type === undefined ? undefined : forms[type]
  if (form === undefined) return []
  return values
    .filter(({ text }) => !form.fits(text))
    .map(({ text, from: start, to: end }) => ({
      code: 'bad-value',
      field,
      value: text,
      wanted: form.wanted,
      from: start,
      to: end,
    }))
}

/** Values that have to look like something. */
const forms: Readonly<
  Record<ColumnType | 'label', { wanted: WantedForm; fits: (text: string) => boolean } | undefined>
> = {
  text: undefined,
  list: undefined,
  number: { wanted: 'number', fits: (text) => readNumber(text) !== undefined },
  bytes: { wanted: 'bytes', fits: (text) => readBytes(text) !== undefined },
  time: { wanted: 'duration', fits: (text) => readAge(text) !== undefined },
  flag: { wanted: 'flag', fits: (text) => readFlag(text) !== undefined },
  label: { wanted: 'label', fits: (text) => !text.startsWith('=') },
}
