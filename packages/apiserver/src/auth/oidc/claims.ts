/** From the claims of a token whose signature was good to a user. Pure. */

import { messageOf } from '@berth/base'
import { isJsonObject, ownMember, type Json, type JsonObject } from '@berth/meta'
import type { UserInfo } from '../user.ts'
import type { Expressions } from './expressions.ts'
import type { ClaimSource, IssuerOptions } from './issuer-options.ts'

/** Why a token is no user; for the log. */
export class ClaimProblem extends Error {}

/** Names that Kubernetes gives a meaning: no issuer hands them out. */
const reserved = 'system:'
const maxGroups = 1_000

/** @throws {ClaimProblem} */
export function userOfClaims(claims: JsonObject, issuer: IssuerOptions, expressions: Expressions): UserInfo {
  refuseDistributed(claims, issuer)
  for (const rule of issuer.claimRules) {
    if (rule.kind === 'claim') {
      if (ownMember(claims, rule.claim) === rule.requiredValue) continue
      throw new ClaimProblem(`the claim ${rule.claim} is not ${JSON.stringify(rule.requiredValue)}`)
    }
    ask(expressions.rules, { expression: rule.expression, message: rule.message, claims })
  }
  const name = usernameOf(claims, issuer.username, expressions)
  const uid = issuer.uid === undefined ? undefined : textOf(claims, issuer.uid, expressions)
  const extra = issuer.extra
    .map(({ key, expression }) => [key, evaluate(expression, claims, expressions)] as const)
    .filter(([, values]) => values.length > 0)
  const user: UserInfo = {
    name,
    ...(uid === undefined || uid === '' ? {} : { uid }),
    groups: groupsOf(claims, issuer.groups, expressions),
    ...(extra.length === 0 ? {} : { extra: Object.fromEntries(extra) }),
  }
  for (const word of [user.name, ...user.groups]) {
    if (word.startsWith(reserved)) throw new ClaimProblem(`${JSON.stringify(word)} is a name only this server gives`)
  }
  for (const { expression, message } of issuer.userRules) {
    ask(expressions.rules, { expression, message, claims, user })
  }
  return user
}

/** Claims that are to be fetched elsewhere (OpenID Connect Core, 5.6.2): an address out of a token is not asked. */
function refuseDistributed(claims: JsonObject, { username, groups, uid }: IssuerOptions): void {
  const names = ownMember(claims, '_claim_names')
  if (!isJsonObject(names)) return
  for (const source of [username, groups, uid]) {
    if (source === undefined || (source.kind === 'claim' && !Object.hasOwn(names, source.claim))) continue
    const what = source.kind === 'claim' ? `the claim ${source.claim}` : 'some claims'
    throw new ClaimProblem(`the token leaves ${what} to another server (_claim_names), which is not asked`)
  }
}

function usernameOf(claims: JsonObject, source: ClaimSource, expressions: Expressions): string {
  const name = textOf(claims, source, expressions)
  if (name === '') throw new ClaimProblem('the name of the user is empty')
  if (source.kind !== 'claim') return name
  const verified = ownMember(claims, 'email_verified')
  // An issuer that says nothing of it has its own rules; one that says it was not seen to is believed.
  if (source.claim === 'email' && verified !== undefined && verified !== true) {
    throw new ClaimProblem(`the address ${name} is not verified`)
  }
  return source.prefix + name
}

function textOf(claims: JsonObject, source: ClaimSource, expressions: Expressions): string {
  if (source.kind === 'expression') return evaluate(source.expression, claims, expressions)[0] ?? ''
  const value = ownMember(claims, source.claim)
  if (typeof value === 'string') return value
  throw new ClaimProblem(`the claim ${source.claim} is ${value === undefined ? 'missing' : 'not a text'}`)
}

function groupsOf(claims: JsonObject, source: ClaimSource | undefined, expressions: Expressions): string[] {
  if (source === undefined) return []
  const found =
    source.kind === 'expression'
      ? evaluate(source.expression, claims, expressions)
      : listOf(ownMember(claims, source.claim), source.claim).map((group) => source.prefix + group)
  if (found.length > maxGroups) throw new ClaimProblem(`the token names more than ${maxGroups} groups`)
  return [...new Set(found)]
}

function listOf(value: Json | undefined, claim: string): string[] {
  if (value === undefined || value === null || value === '') return []
  if (typeof value === 'string') return [value]
  if (Array.isArray(value) && value.every((each) => typeof each === 'string'))
    return value.filter((each) => each !== '')
  throw new ClaimProblem(`the claim ${claim} is neither a text nor a list of texts`)
}

function evaluate(expression: string, claims: JsonObject, { texts }: Expressions): string[] {
  try {
    return texts.get(expression)?.(claims) ?? []
  } catch (error) {
    throw new ClaimProblem(`"${expression}" has no value: ${messageOf(error)}`, { cause: error })
  }
}

function ask(
  rules: Expressions['rules'],
  { expression, message, claims, user }: { expression: string; message: string; claims: JsonObject; user?: UserInfo },
): void {
  let holds = false
  try {
    holds = rules.get(expression)?.(claims, user) ?? false
  } catch (error) {
    throw new ClaimProblem(`"${expression}" has no value: ${messageOf(error)}`, { cause: error })
  }
  if (!holds) throw new ClaimProblem(message === '' ? `"${expression}" does not hold` : message)
}
