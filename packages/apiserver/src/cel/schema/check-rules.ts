/** What is wrong with the rules of a schema itself: they do not compile, cost too much, or look at what has no past. */

import { forbiddenValue, invalidValue, type Schema, type StatusCause, type ValidationRule } from '@berth/meta'
import type { CelProgram } from '../compile.ts'
import type { CompiledRule, RuleNode } from './compiled.ts'
import { declaredAt, maxRequestBytes, type DeclaredType } from './declare.ts'

/** Kubernetes' limits on what rules are estimated to cost at most. */
const ruleLimit = 10_000_000
const schemaLimit = 100_000_000
/** The largest cost there is. */
const unbounded = 2 ** 64
/** How many rules are named when the schema as a whole is too expensive. */
const mostNamed = 4

interface Place {
  readonly node: RuleNode
  readonly path: string
  /** How many values of this kind an object can hold at most; undefined when its schema does not bound it. */
  readonly count: number | undefined
  /** The first schema around it whose elements cannot be told to be the same ones as before. */
  readonly uncorrelated: string | undefined
}

/** Go's notation of the rule, which Kubernetes shows as the value. */
function shownRule(rule: ValidationRule): string {
  const text = (value: string | undefined): string => JSON.stringify(value ?? '')
  const reason =
    rule.reason === undefined
      ? '(*apiextensions.FieldValueErrorReason)(nil)'
      : '(*apiextensions.FieldValueErrorReason)(0xc000000000)'
  const optional = rule.optionalOldSelf === undefined ? '(*bool)(nil)' : '(*bool)(0xc000000000)'
  return `apiextensions.ValidationRule{Rule:${text(rule.rule)}, Message:${text(rule.message)}, MessageExpression:${text(rule.messageExpression)}, Reason:${reason}, FieldPath:${text(rule.fieldPath)}, OptionalOldSelf:${optional}}`
}

function invalidRule(field: string, rule: ValidationRule, detail: string): StatusCause {
  return { reason: 'FieldValueInvalid', message: `Invalid value: ${shownRule(rule)}: ${detail}`, field }
}

function tooExpensive(what: string, cost: number, limit: number): string {
  const factor = cost / limit
  const shown = factor > 100 ? 'more than 100x' : factor < 1.5 ? `${factor.toFixed(6)}x` : `${factor.toFixed(1)}x`
  return `${what} exceeds budget by factor of ${shown} (try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)`
}

/** How many elements a value can hold at most; undefined when the schema does not say. */
function maxElements(schema: Schema): number | undefined {
  if (schema.type === 'array') return schema.maxItems === undefined ? undefined : Math.max(0, schema.maxItems)
  if (schema.type !== 'object' || schema.additionalProperties === undefined) return 1
  return schema.maxProperties === undefined ? undefined : Math.max(0, schema.maxProperties)
}

const costOf = (program: CelProgram, declared: DeclaredType): number =>
  program.estimateCost((path) => {
    const at = declaredAt(declared, path)
    return at === undefined ? undefined : { min: 0, max: at.maxElements }
  }).max

export class RuleCheck {
  readonly causes: StatusCause[] = []
  readonly #costs: { path: string; cost: number }[] = []
  readonly #ignoreRuleCosts: boolean

  /** @param ignoreRuleCosts for schemas that were accepted before, and have not changed */
  constructor(ignoreRuleCosts: boolean) {
    this.#ignoreRuleCosts = ignoreRuleCosts
  }

  visit(place: Place): void {
    const { node, path } = place
    if (node.items !== undefined) {
      const uncorrelated = place.uncorrelated ?? (node.schema.listType === 'map' ? undefined : path)
      this.visit({ ...this.#below(place, node.items, `${path}.items`), uncorrelated })
    }
    if (node.additionalProperties !== undefined)
      this.visit(this.#below(place, node.additionalProperties, `${path}.additionalProperties`))
    for (const [name, property] of node.properties)
      this.visit(this.#below(place, property, `${path}.properties[${name}]`))
    for (const [index, part] of node.allOf.entries())
      this.visit({ ...place, node: part, path: `${path}.allOf[${index}]` })
    for (const [index, rule] of node.rules.entries())
      this.#rule(place, rule, `${path}.x-kubernetes-validations[${index}]`)
  }

  #below(parent: Place, node: RuleNode, path: string): Place {
    const most = maxElements(parent.node.schema)
    const count =
      parent.count === undefined || most === undefined ? undefined : Math.min(parent.count * most, unbounded)
    return { node, path, count, uncorrelated: parent.uncorrelated }
  }

  #rule(place: Place, compiled: CompiledRule, path: string): void {
    const { rule, program, message } = compiled
    const { declared } = place.node
    if (program !== undefined) {
      // Where the schema does not bound how many there are, the size of a request does.
      const count = place.count ?? Math.trunc(maxRequestBytes / (declared.minBytes + 1))
      this.#observe(`${path}.rule`, Math.min(costOf(program, declared) * count, unbounded), 'estimated rule cost')
    }
    if (compiled.problem !== undefined) this.causes.push(invalidRule(`${path}.rule`, rule, compiled.problem))
    if (compiled.messageProblem !== undefined)
      this.causes.push(invalidRule(`${path}.messageExpression`, rule, compiled.messageProblem))
    else if (message !== undefined)
      this.#observe(`${path}.messageExpression`, costOf(message, declared), 'estimated messageExpression cost')
    if (compiled.usesOldSelf) {
      if (place.uncorrelated !== undefined) {
        const detail = `oldSelf cannot be used on the uncorrelatable portion of the schema within ${place.uncorrelated}`
        this.causes.push(invalidValue(`${path}.rule`, rule.rule, detail))
      }
    } else if (rule.optionalOldSelf !== undefined && compiled.problem === undefined) {
      const detail = 'may not be set if oldSelf is not used in rule'
      const value = String(rule.optionalOldSelf)
      this.causes.push({
        reason: 'FieldValueInvalid',
        message: `Invalid value: ${value}: ${detail}`,
        field: `${path}.optionalOldSelf`,
      })
    }
  }

  #observe(path: string, cost: number, what: string): void {
    if (!this.#ignoreRuleCosts && cost > ruleLimit)
      this.causes.push(forbiddenValue(path, tooExpensive(what, cost, ruleLimit)))
    this.#costs.push({ path, cost })
  }

  /** The schema as a whole, once all of it was visited. */
  total(path: string): void {
    const total = Math.min(
      this.#costs.reduce((sum, { cost }) => sum + cost, 0),
      unbounded,
    )
    if (total <= schemaLimit) return
    const named = this.#costs
      .filter(({ cost }) => cost >= schemaLimit / 100)
      .sort((left, right) => right.cost - left.cost)
    for (const { path: rule } of named.slice(0, mostNamed)) {
      const detail = 'contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema'
      this.causes.push(forbiddenValue(rule, detail))
    }
    const what = 'x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema'
    this.causes.push(forbiddenValue(path, tooExpensive(what, total, schemaLimit)))
  }
}
