/** A query as a test of rows: compiled once, then no text of it is read again. */

import { workloadColumns, type Column, type ColumnSet, type ColumnValue, type Searchable } from '../rows/column.ts'
import { glob } from './glob.ts'
import type { Comparison, Query, QueryTerm, QueryValue } from './query.ts'
import { readAge, readBytes, readFlag, readNumber } from './units.ts'

export interface Matcher {
  matches(row: Searchable, nowMs: number): boolean
  /** Whether what matches changes as time goes by. */
  timed: boolean
}

type Fields = Pick<ColumnSet<Searchable>, 'of'>
type Test = (row: Searchable, nowMs: number) => boolean

/** @param fields the columns of the table that the rows are of */
export function compileQuery(query: Query, fields: Fields = workloadColumns): Matcher {
  const tests = query.terms.map((term) => {
    const test = testOf(term, fields)
    return term.negated ? (row: Searchable, nowMs: number) => !test(row, nowMs) : test
  })
  return {
    matches: (row, nowMs) => tests.every((test) => test(row, nowMs)),
    timed: query.terms.some((term) => term.kind === 'field' && term.field === 'age'),
  }
}

/** The query without its terms on one field: what a facet of that field counts, so that other values can be chosen, too. */
export function withoutField(query: Query, field: string): Query {
  const label = field.startsWith('label:') ? field.slice('label:'.length) : undefined
  return {
    terms: query.terms.filter((term) => {
      if (term.kind === 'word') return true
      if (label === undefined) return term.field !== field
      return term.field !== 'label' || !term.values.every(({ text }) => keyOfLabel(text) === label)
    }),
  }
}

function testOf(term: QueryTerm, fields: Fields): Test {
  if (term.kind === 'word') return wordTest(term.value)
  if (term.field === 'label') return any(term.values.map(labelTest))
  const column = fields.of(term.field)
  if (column === undefined) return () => false
  return any(term.values.map((value) => fieldTest(column, term.comparison, value)))
}

function any(tests: readonly Test[]): Test {
  const [only] = tests
  if (tests.length === 1 && only !== undefined) return only
  return (row, nowMs) => tests.some((test) => test(row, nowMs))
}

/** A part of the name or the beginning of an address; with a star, the whole of either. */
function wordTest(value: QueryValue): Test {
  const wanted = value.text.toLowerCase()
  if (!value.quoted && wanted.includes('*')) {
    const fits = glob(wanted)
    return (row) =>
      fits(row.name.toLowerCase()) || row.addresses?.some((address) => fits(address.toLowerCase())) === true
  }
  return (row) =>
    row.name.toLowerCase().includes(wanted) ||
    (wanted !== '' && row.addresses?.some((address) => address.toLowerCase().startsWith(wanted)) === true)
}

function labelTest({ text, quoted }: QueryValue): Test {
  const key = keyOfLabel(text)
  if (key === text) return ({ labels }) => Object.hasOwn(labels, key)
  const fits = textTest({ text: text.slice(key.length + 1), quoted }, 'equal')
  return ({ labels }) => Object.hasOwn(labels, key) && fits(labels[key] ?? '')
}

function keyOfLabel(text: string): string {
  const equal = text.indexOf('=')
  return equal < 0 ? text : text.slice(0, equal)
}

function fieldTest(column: Column<Searchable>, comparison: Comparison, value: QueryValue): Test {
  const read = (row: Searchable): ColumnValue => column.value(row)
  switch (column.type) {
    case 'text': {
      const fits = textTest(value, column.match)
      return (row) => fits(String(read(row) ?? ''))
    }
    case 'list': {
      const fits = textTest(value, column.match)
      return (row) => {
        const values = read(row)
        if (typeof values !== 'object') return false
        return values.length === 0 ? fits('') && value.text === '' : values.some(fits)
      }
    }
    case 'flag': {
      const wanted = readFlag(value.text)
      return (row) => read(row) === wanted
    }
    case 'number':
      return amountTest(comparison, readNumber(value.text), (row) => read(row))
    case 'bytes':
      return amountTest(comparison, readBytes(value.text), (row) => read(row))
    case 'time':
      return ageTest(comparison, readAge(value.text), (row) => read(row))
  }
}

/** Case does not matter. The empty text (`node:""`) asks for rows that have no value. */
function textTest({ text, quoted }: QueryValue, match: Column['match']): (text: string) => boolean {
  const wanted = text.toLowerCase()
  if (!quoted && wanted.includes('*')) {
    const fits = glob(wanted)
    return (value) => value !== '' && fits(value.toLowerCase())
  }
  if (wanted === '' || match === 'equal') return (value) => value.toLowerCase() === wanted
  if (match === 'prefix') return (value) => value.toLowerCase().startsWith(wanted)
  return (value) => value.toLowerCase().includes(wanted)
}

function amountTest(comparison: Comparison, wanted: number | undefined, read: (row: Searchable) => unknown): Test {
  const holds = comparisons[comparison]
  return (row) => {
    const value = read(row)
    return typeof value === 'number' && wanted !== undefined && holds(value, wanted)
  }
}

/** Ages are compared in whole seconds. */
function ageTest(comparison: Comparison, wanted: number | undefined, read: (row: Searchable) => unknown): Test {
  const holds = comparisons[comparison]
  return (row, nowMs) => {
    const created = read(row)
    if (typeof created !== 'number' || wanted === undefined) return false
    return holds(Math.floor((nowMs - created) / 1000), Math.floor(wanted / 1000))
  }
}

const comparisons: Readonly<Record<Comparison, (value: number, wanted: number) => boolean>> = {
  ':': (value, wanted) => value === wanted,
  '>': (value, wanted) => value > wanted,
  '>=': (value, wanted) => value >= wanted,
  '<': (value, wanted) => value < wanted,
  '<=': (value, wanted) => value <= wanted,
}
