/** `authorizer.group('').resource('pods').check('get').allowed()`: questions to the server's own access rules. */

import { nameProblems } from '@berth/meta'
import { opaqueType, type CelType } from '../types.ts'
import { CelFailure, CelOpaque, type CelValue } from '../values.ts'
import { instance, text } from './args.ts'
import { sizeOf } from './cost.ts'
import { overload, type Library } from './functions.ts'

export interface CelAccessQuestion {
  /** Asked for this service account instead of the one who makes the request. */
  readonly serviceAccount?: { readonly namespace: string; readonly name: string }
  readonly verb: string
  /** A path that is no resource's; the rest is empty then. */
  readonly path?: string
  readonly group: string
  readonly resource: string
  readonly subresource: string
  readonly namespace: string
  readonly name: string
  readonly fieldSelector: string
  readonly labelSelector: string
}

export interface CelAccessDecision {
  readonly allowed: boolean
  readonly reason: string
  /** Why the question could not be answered. */
  readonly error?: string
}

/** Answers for the user of one request; what the library is given to ask. */
export type CelAuthorize = (question: CelAccessQuestion) => CelAccessDecision

const prefix = 'kubernetes.authorization'

export const authorizerType: CelType = opaqueType(`${prefix}.Authorizer`)
export const resourceCheckType: CelType = opaqueType(`${prefix}.ResourceCheck`)

/** Questions have no equals but themselves. */
abstract class Asking extends CelOpaque {
  equals(other: CelOpaque): boolean {
    return other === this
  }
}

/** The value of the variable `authorizer`. */
export class CelAuthorizer extends Asking {
  readonly type = authorizerType
  readonly authorize: CelAuthorize
  readonly serviceAccount: CelAccessQuestion['serviceAccount']

  constructor(authorize: CelAuthorize, serviceAccount?: CelAccessQuestion['serviceAccount']) {
    super()
    this.authorize = authorize
    this.serviceAccount = serviceAccount
  }
}

class PathCheck extends Asking {
  readonly type = opaqueType(`${prefix}.PathCheck`)
  readonly of: CelAuthorizer
  readonly path: string
  constructor(of: CelAuthorizer, path: string) {
    super()
    this.of = of
    this.path = path
  }
}

class GroupCheck extends Asking {
  readonly type = opaqueType(`${prefix}.GroupCheck`)
  readonly of: CelAuthorizer
  readonly group: string
  constructor(of: CelAuthorizer, group: string) {
    super()
    this.of = of
    this.group = group
  }
}

type Target = Omit<CelAccessQuestion, 'verb' | 'serviceAccount' | 'path'>

const noTarget: Target = {
  group: '',
  resource: '',
  subresource: '',
  namespace: '',
  name: '',
  fieldSelector: '',
  labelSelector: '',
}

/** Also the value of the variable `authorizer.requestResource`. */
export class CelResourceCheck extends Asking {
  readonly type = resourceCheckType
  readonly of: CelAuthorizer
  readonly target: Target
  constructor(of: CelAuthorizer, target: Partial<Target>) {
    super()
    this.of = of
    this.target = { ...noTarget, ...target }
  }
}

class Decision extends Asking {
  readonly type = opaqueType(`${prefix}.Decision`)
  readonly decision: CelAccessDecision
  constructor(decision: CelAccessDecision) {
    super()
    this.decision = decision
  }
}

function ask(of: CelAuthorizer, question: Omit<CelAccessQuestion, 'serviceAccount'>): Decision {
  const account = of.serviceAccount === undefined ? {} : { serviceAccount: of.serviceAccount }
  return new Decision(of.authorize({ ...question, ...account }))
}

function serviceAccountOf(args: readonly CelValue[]): CelAuthorizer | CelFailure {
  const [namespace, name] = [text(args, 1), text(args, 2)]
  if (nameProblems('dns1123Subdomain', name).length > 0) return new CelFailure('Invalid service account name')
  if (nameProblems('dns1123Label', namespace).length > 0) return new CelFailure('Invalid service account namespace')
  return new CelAuthorizer(instance(args, 0, CelAuthorizer).authorize, { namespace, name })
}

const A = `${prefix}.Authorizer`
const P = `${prefix}.PathCheck`
const G = `${prefix}.GroupCheck`
const R = `${prefix}.ResourceCheck`
const D = `${prefix}.Decision`

/** A check costs so much that an expression can make two dozen of them. */
const checkCost = (): number => 350_000
/** A selector is read into a list of requirements. */
const selectorCost = (args: readonly CelValue[]): number => {
  const length = sizeOf(args[1])
  return 10 + Math.ceil(length * 0.1) + Math.ceil(Math.ceil(length * 0.5) * 50)
}

const refine = (member: keyof Target, cost?: typeof selectorCost): Library[number] =>
  overload(
    `(${R}).${member}(string): ${R}`,
    (a) => {
      const check = instance(a, 0, CelResourceCheck)
      return new CelResourceCheck(check.of, { ...check.target, [member]: text(a, 1) })
    },
    cost,
  )

const decision = (args: readonly CelValue[]): CelAccessDecision => instance(args, 0, Decision).decision

export const authorizers: Library = [
  overload(`(${A}).path(string): ${P}`, (a) =>
    text(a, 1).trim() === ''
      ? new CelFailure('path must not be empty')
      : new PathCheck(instance(a, 0, CelAuthorizer), text(a, 1)),
  ),
  overload(`(${A}).group(string): ${G}`, (a) => new GroupCheck(instance(a, 0, CelAuthorizer), text(a, 1))),
  overload(`(${A}).serviceAccount(string, string): ${A}`, serviceAccountOf),
  overload(`(${G}).resource(string): ${R}`, (a) => {
    const { of, group } = instance(a, 0, GroupCheck)
    const resource = text(a, 1)
    if (resource.trim() === '') return new CelFailure('resource must not be empty')
    return new CelResourceCheck(of, { group, resource })
  }),
  refine('subresource'),
  refine('namespace'),
  refine('name'),
  refine('fieldSelector', selectorCost),
  refine('labelSelector', selectorCost),
  overload(
    `(${P}).check(string): ${D}`,
    (a) => ask(instance(a, 0, PathCheck).of, { ...noTarget, path: instance(a, 0, PathCheck).path, verb: text(a, 1) }),
    checkCost,
  ),
  overload(
    `(${R}).check(string): ${D}`,
    (a) => ask(instance(a, 0, CelResourceCheck).of, { ...instance(a, 0, CelResourceCheck).target, verb: text(a, 1) }),
    checkCost,
  ),
  overload(`(${D}).errored(): bool`, (a) => decision(a).error !== undefined),
  overload(`(${D}).error(): string`, (a) => decision(a).error ?? ''),
  overload(`(${D}).allowed(): bool`, (a) => decision(a).allowed),
  overload(`(${D}).reason(): string`, (a) => decision(a).reason),
]
