/** allOf, anyOf, oneOf and not, with the sentences of kube-openapi's validation. */

import { invalidValue } from '../causes.ts'
import type { Schema } from '../schema.ts'
import type { StatusCause } from '../status.ts'

/** What checking one alternative gave. */
export interface Alternative {
  readonly causes: readonly StatusCause[]
  readonly matches: number
}

/** These causes belong to no field: kube-apiserver prints a nil path. */
const nowhere = '<nil>'

/**
 * @param field path of the value
 * @param check checks the value against one alternative
 */
export function compositionCauses(schema: Schema, field: string, check: (each: Schema) => Alternative): StatusCause[] {
  const causes: StatusCause[] = []
  const fail = (why: string): number => causes.push(invalidValue(nowhere, '', `${JSON.stringify(field)} ${why}`))
  if (schema.anyOf !== undefined && schema.anyOf.length > 0) {
    const { valid, best } = tally(schema.anyOf, check, true)
    if (valid === 0) {
      fail('must validate at least one schema (anyOf)')
      for (const cause of best) causes.push(cause)
    }
  }
  if (schema.oneOf !== undefined && schema.oneOf.length > 0) {
    const { valid, best } = tally(schema.oneOf, check, false)
    if (valid !== 1) {
      const found = valid === 0 ? 'Found none valid' : `Found ${valid} valid alternatives`
      fail(`must validate one and only one schema (oneOf). ${found}`)
      if (valid === 0) for (const cause of best) causes.push(cause)
    }
  }
  if (schema.allOf !== undefined && schema.allOf.length > 0) {
    const results = schema.allOf.map(check)
    const failed = results.filter((result) => result.causes.length > 0)
    for (const cause of failed.flatMap((result) => result.causes)) causes.push(cause)
    if (failed.length > 0) {
      fail(`must validate all the schemas (allOf)${failed.length === results.length ? '. None validated' : ''}`)
    }
  }
  if (schema.not !== undefined && check(schema.not).causes.length === 0) fail('must not validate the schema (not)')
  return causes
}

/** How many alternatives hold, and the causes of the one that came closest when none does. */
function tally(
  alternatives: readonly Schema[],
  check: (each: Schema) => Alternative,
  one: boolean,
): { valid: number; best: readonly StatusCause[] } {
  let valid = 0
  let best: Alternative | undefined
  for (const each of alternatives) {
    const result = check(each)
    if (result.causes.length === 0) {
      valid += 1
      if (one) break
    } else if (best === undefined || result.matches > best.matches) best = result
  }
  return { valid, best: best?.causes ?? [] }
}
