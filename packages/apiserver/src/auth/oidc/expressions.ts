/** The CEL expressions of an issuer, compiled once. Nothing of CEL is loaded for issuers that have none. */

import { messageOf } from '@berth/base'
import { invalidValue, type Json, type JsonObject, type StatusCause } from '@berth/meta'
import type { CelProgram } from '../../cel/compile.ts'
import type { CelValue } from '../../cel/values.ts'
import type { UserInfo } from '../user.ts'
import { refused } from './configuration.ts'
import type { IssuerOptions } from './issuer-options.ts'

/** Asks one expression. @throws Error when it has no value, or costs too much */
export type Ask<Result> = (claims: JsonObject, user?: UserInfo) => Result

export interface Expressions {
  /** By the text of the expression; texts of a name, a list of groups, an extra value. */
  readonly texts: ReadonlyMap<string, Ask<string[]>>
  readonly rules: ReadonlyMap<string, Ask<boolean>>
}

/** As Kubernetes bounds the expressions of an issuer. */
const costLimit = 1_000_000

/** @throws {OidcError} InvalidConfiguration when one does not compile */
export async function compileExpressions(issuers: readonly IssuerOptions[]): Promise<Expressions> {
  const wanted = issuers.flatMap((issuer, index) => expressionsOf(issuer, `jwt[${index}]`))
  if (wanted.length === 0) return { texts: new Map(), rules: new Map() }
  const compiler = await openCompiler()
  const causes: StatusCause[] = []
  const texts = new Map<string, Ask<string[]>>()
  const rules = new Map<string, Ask<boolean>>()
  for (const { field, expression, over, gives } of wanted) {
    try {
      if (gives === 'rule') rules.set(expression, compiler.rule(expression, over))
      else texts.set(expression, compiler.texts(expression, gives))
    } catch (error) {
      causes.push(invalidValue(field, expression, `compilation failed: ${messageOf(error)}`))
    }
  }
  if (causes.length > 0) throw refused(causes)
  return { texts, rules }
}

interface Wanted {
  field: string
  expression: string
  over: 'claims' | 'user'
  gives: 'text' | 'texts' | 'rule'
}

function expressionsOf({ username, groups, uid, extra, claimRules, userRules }: IssuerOptions, at: string): Wanted[] {
  const sources = { username, groups, uid }
  return [
    ...Object.entries(sources).flatMap(([name, source]): Wanted[] =>
      source?.kind === 'expression'
        ? [
            {
              field: `${at}.claimMappings.${name}.expression`,
              expression: source.expression,
              over: 'claims',
              gives: name === 'groups' ? 'texts' : 'text',
            },
          ]
        : [],
    ),
    ...extra.map(({ expression }, index): Wanted => {
      const field = `${at}.claimMappings.extra[${index}].valueExpression`
      return { field, expression, over: 'claims', gives: 'texts' }
    }),
    ...claimRules.flatMap((rule, index): Wanted[] => {
      const field = `${at}.claimValidationRules[${index}].expression`
      return rule.kind === 'expression' ? [{ field, expression: rule.expression, over: 'claims', gives: 'rule' }] : []
    }),
    ...userRules.map(({ expression }, index): Wanted => {
      const field = `${at}.userValidationRules[${index}].expression`
      return { field, expression, over: 'user', gives: 'rule' }
    }),
  ]
}

async function openCompiler() {
  const [{ compileCel }, { celEnvironment }, { CelBudget }, types, values] = await Promise.all([
    import('../../cel/compile.ts'),
    import('../../cel/environment.ts'),
    import('../../cel/budget.ts'),
    import('../../cel/types.ts'),
    import('../../cel/values.ts'),
  ])
  const { stringType, listType, mapType, dynType } = types
  const extra = mapType(stringType, listType(stringType))
  const userType = types.objectType('kubernetes.UserInfo', {
    username: stringType,
    uid: stringType,
    groups: listType(stringType),
    extra,
  })
  const environments = {
    claims: celEnvironment({ variables: { claims: mapType(stringType, dynType) }, libraries: 'kubernetes' }),
    user: celEnvironment({ variables: { user: userType }, libraries: 'kubernetes' }),
  }

  function valueOf(json: Json): CelValue {
    if (typeof json === 'number') return Number.isSafeInteger(json) ? BigInt(json) : json
    if (json === null || typeof json !== 'object') return json
    if (Array.isArray(json)) return new values.CelArray(json.map(valueOf))
    return values.celRecord(Object.fromEntries(Object.entries(json).map(([key, member]) => [key, valueOf(member)])))
  }

  function run(program: CelProgram, claims: JsonObject, user: UserInfo | undefined): CelValue {
    const bindings: Record<string, CelValue> = { claims: valueOf(claims) }
    if (user !== undefined) bindings['user'] = valueOf(userObject(user))
    return program.evaluate(bindings, new CelBudget(costLimit))
  }

  function compile(expression: string, over: 'claims' | 'user', kinds: readonly string[]): CelProgram {
    const program = compileCel(expression, environments[over])
    if (![...kinds, 'dyn'].includes(program.resultType.kind)) {
      throw new Error(`must evaluate to ${kinds.join(' or a ')}`)
    }
    return program
  }

  return {
    texts(expression: string, gives: 'text' | 'texts'): Ask<string[]> {
      const program = compile(expression, 'claims', gives === 'text' ? ['string'] : ['string', 'list', 'null'])
      return (claims) => {
        const value = run(program, claims, undefined)
        if (typeof value === 'string') return value === '' && gives === 'texts' ? [] : [value]
        if (value === null && gives === 'texts') return []
        if (value instanceof values.CelList && gives === 'texts') {
          const found = [...value]
          if (found.every((each) => typeof each === 'string')) return found.filter((each) => each !== '')
        }
        throw new Error(gives === 'text' ? 'it is not a text' : 'it is neither a text nor a list of texts')
      }
    },
    rule(expression: string, over: 'claims' | 'user'): Ask<boolean> {
      const program = compile(expression, over, ['bool'])
      return (claims, user) => run(program, claims, user) === true
    },
  }
}

function userObject({ name, uid = '', groups, extra = {} }: UserInfo): JsonObject {
  const shown = Object.entries(extra).map(([key, values]): [string, Json] => [key, [...values]])
  return { username: name, uid, groups: [...groups], extra: Object.fromEntries(shown) }
}
