/** Expressions of configurations: they must compile, and give what is expected of them. */

import {
  duplicateValue,
  invalidValue,
  isQualifiedName,
  requiredValue,
  tooMany,
  type JsonObject,
  type StatusCause,
} from '@berth/meta'
import { compileCel } from '../../cel/compile.ts'
import type { CelEnvironment } from '../../cel/environment.ts'
import { CelCompileError } from '../../cel/errors.ts'
import { formatType, type CelType } from '../../cel/types.ts'
import { textAt } from '../../core/fields.ts'
import { matchConditionEnvironment } from '../expression/match-conditions.ts'

export interface Expected {
  environment: CelEnvironment
  /** How the types that are allowed read in messages; undefined when any will do. */
  types?: readonly string[]
}

/** Type of a good expression, and causes otherwise. */
export function checkExpression(
  expression: string,
  field: string,
  { environment, types }: Expected,
): { type?: CelType; causes: StatusCause[] } {
  let type: CelType
  try {
    type = compileCel(expression, environment).resultType
  } catch (error) {
    if (!(error instanceof CelCompileError)) throw error
    return { causes: [invalidValue(field, expression, `compilation failed: ${error.message}`)] }
  }
  const found = shownType(type)
  if (types !== undefined && !types.includes(found)) {
    const wanted = types.length === 1 ? types[0] : `one of [${types.join(' ')}]`
    return { causes: [invalidValue(field, expression, `must evaluate to ${wanted} but got ${found}`)] }
  }
  return { type, causes: [] }
}

/** As these messages have it; `null_type` where type errors say `null`. */
function shownType(type: CelType): string {
  return type.kind === 'null' ? 'null_type' : formatType(type)
}

const maxConditions = 64

export function matchConditionCauses(conditions: readonly JsonObject[], path: string, params: boolean): StatusCause[] {
  if (conditions.length > maxConditions) return [tooMany(path, conditions.length, maxConditions)]
  const environment = matchConditionEnvironment(params)
  const seen = new Set<string>()
  return conditions.flatMap((condition, index) => {
    const field = `${path}[${index}]`
    const expression = textAt(condition, 'expression')
    const causes =
      expression.trim() === ''
        ? [requiredValue(`${field}.expression`)]
        : checkExpression(expression, `${field}.expression`, { environment, types: ['bool'] }).causes
    const name = textAt(condition, 'name')
    if (name === '') causes.push(requiredValue(`${field}.name`))
    else for (const problem of isQualifiedName(name)) causes.push(invalidValue(`${field}.name`, name, problem))
    if (name !== '' && seen.has(name)) causes.push(duplicateValue(`${field}.name`, name))
    seen.add(name)
    return causes
  })
}
