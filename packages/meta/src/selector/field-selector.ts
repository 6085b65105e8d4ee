/** Field selectors (`metadata.name=x,status.phase!=Running`); grammar and words of apimachinery `pkg/fields`. */

import { MetaError } from '../errors.ts'

export interface FieldRequirement {
  readonly field: string
  readonly operator: '=' | '!='
  readonly value: string
}

/** Every requirement must hold; an empty list matches everything. */
export type FieldSelector = readonly FieldRequirement[]

function refuse(message: string): MetaError {
  return new MetaError('InvalidFieldSelector', message, {
    remedy: 'Write it like metadata.name=web,status.phase!=Running; a backslash goes before , = and \\ inside a value.',
  })
}

/**
 * Which fields a kind supports is its own rule: check the parsed `field`s and answer `field label not supported: x`.
 * @throws {MetaError} InvalidFieldSelector, in Kubernetes' words
 */
export function parseFieldSelector(text: string): FieldSelector {
  return splitTerms(text)
    .filter((term) => term !== '')
    .map((term) => {
      const parts = splitTerm(term)
      if (parts === undefined) throw refuse(`invalid selector: '${text}'; can't understand '${term}'`)
      return { field: parts.field, operator: parts.sign === '!=' ? '!=' : '=', value: unescape(parts.value) }
    })
}

/** Splits at commas that no backslash escapes. */
function splitTerms(text: string): string[] {
  const terms: string[] = []
  let start = 0
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1
    else if (text[at] === ',') {
      terms.push(text.slice(start, at))
      start = at + 1
    }
  }
  terms.push(text.slice(start))
  return terms
}

function splitTerm(term: string): { field: string; sign: string; value: string } | undefined {
  const match = /^([^=!\\]*)(!=|==|=)(.*)$/s.exec(term)
  if (match === null) return undefined
  const [, field = '', sign = '', value = ''] = match
  return { field, sign, value }
}

function unescape(value: string): string {
  let text = ''
  for (let at = 0; at < value.length; at += 1) {
    const char = value[at] ?? ''
    if (char === '\\') {
      at += 1
      const escaped = value[at] ?? ''
      if (!['\\', ',', '='].includes(escaped)) {
        throw refuse(`invalid field selector: invalid escape sequence: ${char}${escaped}`)
      }
      text += escaped
    } else if (char === ',' || char === '=') {
      throw refuse(`invalid field selector: unescaped character in value: ${char.codePointAt(0) ?? ''}`)
    } else text += char
  }
  return text
}

/** The text form, which parses back into the same selector. */
export function formatFieldSelector(selector: FieldSelector): string {
  return selector.map(({ field, operator, value }) => field + operator + value.replaceAll(/[\\,=]/g, '\\$&')).join(',')
}

/** @param get the field's value as text; a missing field counts as empty, as in Kubernetes */
export function matchesFields(selector: FieldSelector, get: (field: string) => string | undefined): boolean {
  return selector.every(({ field, operator, value }) => ((get(field) ?? '') === value) === (operator === '='))
}
