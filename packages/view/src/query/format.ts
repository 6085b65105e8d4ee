/** From terms back to the text: what `parseQuery` reads as the same terms. */

import type { Query, QueryTerm, QueryValue } from './query.ts'
import { tokensOf } from './tokens.ts'

export function formatQuery(query: Query): string {
  return query.terms.map(formatTerm).join(' ')
}

export function formatTerm(term: QueryTerm): string {
  const sign = term.negated ? '-' : ''
  if (term.kind === 'word') {
    const { text, quoted } = term.value
    return quoted || !isPlainWord(sign + text, term) ? sign + quote(text) : sign + text
  }
  return `${sign}${term.field}${term.comparison}${term.values.map(formatValue).join(',')}`
}

function formatValue({ text, quoted }: QueryValue): string {
  return quoted || text === '' || special.test(text) ? quote(text) : text
}

/** What ends a value: the blanks of tokens.ts, the comma, and the quote that begins another. */
const special = /[ \t\n\r\u00a0",]/

/** Is it read as this very word, and not as a field or as a term that is turned round? */
function isPlainWord(written: string, { negated, value }: Extract<QueryTerm, { kind: 'word' }>): boolean {
  const [token] = tokensOf(written)
  const read = token?.values[0]
  return (
    token?.field === undefined &&
    token?.to === written.length &&
    token.negated === negated &&
    read?.text === value.text &&
    !read.quoted
  )
}

/** A text as a value that stands for exactly itself. */
export function quote(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}

/** A value for a term made by a program (a facet's, a row's): quoted only where it must be. */
export function exactValue(text: string): QueryValue {
  return { text, quoted: text === '' || text.includes('*') || special.test(text) }
}
