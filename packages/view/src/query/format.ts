/** From terms back to the text: what `parseQuery` reads as the same terms. */

import type { Query, QueryTerm, QueryValue } from './query.ts'
import { tokensOf } from './tokens.ts'

export function formatQuery(query: Query): string {
  return query.terms.map(formatTerm).join(' ')
}

export function formatTerm(term: QueryTerm): string {
  const sign = term.negated ? '-' : ''
  if (term.kind === 'word') return sign + formatValue(term.value, !term.negated)
  return `${sign}${term.field}${term.comparison}${term.values.map((value) => formatValue(value, false)).join(',')}`
}

/** @param first nothing stands before it, so that a `-` or a field's name would be read as such */
function formatValue({ text, quoted }: QueryValue, first: boolean): string {
  if (quoted || text === '' || /[\s",\\]/.test(text) || (first && !isPlainWord(text))) return quote(text)
  return text
}

/** A text as a value that stands for exactly itself. */
export function quote(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}

/** A value for a term made by a program (a facet's, a row's): quoted only where it must be. */
export function exactValue(text: string): QueryValue {
  return { text, quoted: text === '' || /[\s",*\\]/.test(text) }
}

function isPlainWord(text: string): boolean {
  const [token] = tokensOf(text)
  return token !== undefined && token.to === text.length && token.field === undefined && !token.negated
}
