/**
 * The query language of lists, one text everywhere: search box, URL, saved view, command line.
 *
 *     status:Running os:debian memory>=8GiB -has:gpu node:n1,n2 label:app=web "two words" web-*
 *
 * Terms stand side by side and all hold; values after a field are separated by commas, and one of them holds; `-` in front turns a
 * term round; `*` stands for anything; quotes keep blanks, commas and stars. Case does not matter. A word without a field is a part of
 * the name, or the beginning of an address.
 */

export type Comparison = ':' | '>' | '>=' | '<' | '<='

export interface QueryValue {
  text: string
  /** In quotes, a star is a star. */
  quoted: boolean
}

export type QueryTerm =
  | { kind: 'word'; negated: boolean; value: QueryValue }
  | {
      kind: 'field'
      negated: boolean
      /** Id of a column, or `label`. */
      field: string
      comparison: Comparison
      /** For labels `key` or `key=value`; at least one. */
      values: readonly QueryValue[]
    }

export interface Query {
  terms: readonly QueryTerm[]
}

/** What a value has to look like. */
export type WantedForm = 'number' | 'bytes' | 'duration' | 'flag' | 'label'

/** What is wrong with a part of a query, as data: `describeProblem` has the English words. */
export type QueryProblem = {
  /** Where in the text, in UTF-16 units. */
  from: number
  to: number
} & (
  | { code: 'too-long'; most: number }
  | { code: 'too-many'; most: number }
  | { code: 'open-quote' }
  | { code: 'unknown-field'; field: string; known: readonly string[]; meant?: string }
  | { code: 'no-value'; field: string }
  | { code: 'not-comparable'; field: string }
  | { code: 'bad-value'; field: string; value: string; wanted: WantedForm }
  | { code: 'nothing-to-exclude' }
)

export type ParsedQuery = { ok: true; query: Query } | { ok: false; problems: readonly QueryProblem[] }
