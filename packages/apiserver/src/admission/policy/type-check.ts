/** Type checking of ValidatingAdmissionPolicies: what their expressions get wrong about the kinds they speak of. */

import {
  apiVersionOf,
  objectMetaSchema,
  parseApiVersion,
  resolveSchema,
  type JsonObject,
  type Schema,
  type SchemaSet,
} from '@berth/meta'
import { compileCel } from '../../cel/compile.ts'
import type { CelEnvironment } from '../../cel/environment.ts'
import { CelCompileError } from '../../cel/errors.ts'
import { typeOfSchema } from '../../cel/schema/declare.ts'
import { dynType, type CelType } from '../../cel/types.ts'
import { objectAt, objectsAt, textAt, textsAt } from '../../core/fields.ts'
import type { ResourceDefinition } from '../../resource/definition.ts'
import type { ResourceRegistry } from '../../resource/registry.ts'
import { policyEnvironment } from './environment.ts'

export interface ExpressionWarning {
  /** `spec.validations[0].expression` */
  fieldRef: string
  /** For each kind it does not fit, what the compiler says. */
  warning: string
}

/** Kinds that are looked at; policies that match more are not checked for the rest (apiserver `maxTypesToCheck`). */
const maxKinds = 10

interface CheckedKind {
  /** `apps/v1, Kind=Deployment` */
  readonly shown: string
  readonly type: CelType
}

export function typeWarnings(policy: JsonObject, registry: ResourceRegistry): ExpressionWarning[] {
  const spec = objectAt(policy, 'spec') ?? {}
  const kinds = kindsOf(spec, registry)
  const paramKind = objectAt(spec, 'paramKind')
  const paramsType = paramKind === undefined ? undefined : paramTypeOf(paramKind, registry)
  const environments = kinds.map(({ shown, type }) => ({
    shown,
    environment: environmentFor(spec, type, paramsType),
  }))
  return expressionsOf(spec).flatMap(([fieldRef, expression]): ExpressionWarning[] => {
    const problems = environments.flatMap(({ shown, environment }) => {
      const problem = problemOf(expression, environment)
      return problem === undefined ? [] : [`${shown}: ${problem}`]
    })
    return problems.length === 0 ? [] : [{ fieldRef, warning: problems.join('\n') }]
  })
}

function expressionsOf(spec: JsonObject): [fieldRef: string, expression: string][] {
  return objectsAt(spec, 'validations').flatMap((validation, index): [string, string][] => {
    const message = textAt(validation, 'messageExpression')
    return [
      [`spec.validations[${index}].expression`, textAt(validation, 'expression')],
      ...(message === '' ? [] : [[`spec.validations[${index}].messageExpression`, message] satisfies [string, string]]),
    ]
  })
}

/** Variables have the types they have with this kind; one that does not fit it is dyn, as its users are not to blame. */
function environmentFor(spec: JsonObject, object: CelType, paramsType: CelType | undefined): CelEnvironment {
  const variables = new Map<string, CelType>()
  const options = {
    params: paramsType !== undefined,
    authorizer: true,
    variables,
    object,
    ...(paramsType === undefined ? {} : { paramsType }),
  }
  for (const variable of objectsAt(spec, 'variables')) {
    const type = typeOf(textAt(variable, 'expression'), policyEnvironment(options))
    variables.set(textAt(variable, 'name'), type ?? dynType)
  }
  return policyEnvironment(options)
}

function typeOf(expression: string, environment: CelEnvironment): CelType | undefined {
  try {
    return compileCel(expression, environment).resultType
  } catch (error) {
    if (error instanceof CelCompileError) return undefined
    throw error
  }
}

function problemOf(expression: string, environment: CelEnvironment): string | undefined {
  try {
    compileCel(expression, environment)
    return undefined
  } catch (error) {
    if (error instanceof CelCompileError) return error.message
    throw error
  }
}

/** The kinds rules name; a rule with wildcards names none that could be checked. */
function kindsOf(spec: JsonObject, registry: ResourceRegistry): CheckedKind[] {
  const found = new Map<string, CheckedKind>()
  for (const rule of objectsAt(objectAt(spec, 'matchConstraints'), 'resourceRules')) {
    for (const group of textsAt(rule, 'apiGroups')) {
      for (const version of textsAt(rule, 'apiVersions')) {
        for (const resource of textsAt(rule, 'resources')) {
          const definition = registry.find(group, version, resource)
          if (definition === undefined || found.size >= maxKinds) continue
          const shown = `${apiVersionOf({ group, version })}, Kind=${definition.kind}`
          if (!found.has(shown)) found.set(shown, { shown, type: typeOfKind(definition, registry.schemas) })
        }
      }
    }
  }
  return [...found.values()].sort((left, right) => (left.shown < right.shown ? -1 : 1))
}

function paramTypeOf(kind: JsonObject, registry: ResourceRegistry): CelType {
  const { group, version } = parseApiVersion(textAt(kind, 'apiVersion'))
  const known = registry.byKind(group, textAt(kind, 'kind'))
  const definition = known === undefined ? undefined : registry.find(group, version, known.resource)
  return definition === undefined ? dynType : typeOfKind(definition, registry.schemas)
}

function typeOfKind({ schema }: ResourceDefinition, schemas: SchemaSet): CelType {
  const own = resolveSchema(schema, schemas)
  const text: Schema = { type: 'string' }
  // Schemas of custom kinds leave out what all objects have.
  const properties = { ...own.properties, apiVersion: text, kind: text, metadata: objectMetaSchema }
  return typeOfSchema({ ...own, properties }, schemas)
}
