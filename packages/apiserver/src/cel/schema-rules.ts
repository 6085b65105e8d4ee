/** x-kubernetes-validations, the rules of schemas: one door for schemas, when they are made, and one for objects. */

import { deepEqual, type Json, type Schema, type SchemaSet, type StatusCause } from '@berth/meta'
import { CelBudget, perObjectLimit } from './budget.ts'
import { RuleCheck } from './schema/check-rules.ts'
import { compiledRules } from './schema/compiled.ts'
import { RuleRun } from './schema/evaluate-rules.ts'

/**
 * What is wrong with the rules of a CustomResourceDefinition's schema: they do not compile, are estimated to cost more
 * than Kubernetes allows, or use `oldSelf` where old and new values cannot be matched.
 * @param path of the schema (`spec.versions[0].schema.openAPIV3Schema`)
 * @param previous the schema that is stored; one that has not changed may keep rules that cost too much
 */
export function checkSchemaRules(schema: Schema, path: string, previous?: Schema): StatusCause[] {
  const tree = compiledRules(schema, {}, true)
  if (tree === undefined) return []
  const check = new RuleCheck(previous !== undefined && deepEqual(schema, previous))
  check.visit({ node: tree, path, count: 1, uncorrelated: undefined })
  check.total(path)
  return check.causes
}

export interface SchemaRulesRun {
  readonly schema: Schema
  readonly schemas: SchemaSet
  readonly object: Json
  /** What is stored; undefined at creation. Rules that unchanged values broke before are told to `warn` instead. */
  readonly oldObject: Json | undefined
  /** Of the value inside its object; a whole object has none. */
  readonly path?: string
  /** For all rules together; Kubernetes' limit unless given. */
  readonly budget?: CelBudget
  readonly warn?: (text: string) => void
}

/** The causes of the rules that an object breaks, over the whole of it. */
export function evaluateSchemaRules(run: SchemaRulesRun): StatusCause[] {
  const { schema, schemas, object, oldObject, path = '' } = run
  const tree = compiledRules(schema, schemas, path === '')
  if (tree === undefined) return []
  const budget = run.budget ?? new CelBudget(perObjectLimit)
  const walk = new RuleRun({ schemas, budget, warn: run.warn ?? (() => undefined) })
  const same = oldObject === undefined ? undefined : { value: object, old: oldObject }
  walk.start({ node: tree, path, value: object, old: oldObject, same, around: undefined })
  return walk.causes
}
