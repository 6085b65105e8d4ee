/** The rules of a schema as programs, in a tree that has only the places with rules at or below them. */

import type { Schema, SchemaSet, ValidationRule } from '@berth/meta'
import { compileCel, type CelProgram } from '../compile.ts'
import { celEnvironment, type CelEnvironment } from '../environment.ts'
import { CelCompileError, CelProgramError } from '../errors.ts'
import { optionalType, type CelType } from '../types.ts'
import { declareSchema, type DeclaredType } from './declare.ts'
import { escapeName } from './names.ts'

export interface CompiledRule {
  readonly rule: ValidationRule
  /** Why there is no program, in Kubernetes' words. */
  readonly problem?: string
  readonly program?: CelProgram
  readonly messageProblem?: string
  readonly message?: CelProgram
  readonly usesOldSelf: boolean
}

export interface RuleNode {
  /** Of the values the rules are about. */
  readonly schema: Schema
  readonly declared: DeclaredType
  readonly isResource: boolean
  readonly rules: readonly CompiledRule[]
  readonly properties: ReadonlyMap<string, RuleNode>
  readonly items?: RuleNode
  readonly additionalProperties?: RuleNode
  readonly allOf: readonly RuleNode[]
}

/** Whether rules stand anywhere in the schema; those without are not looked at further. */
export function hasRules(schema: Schema): boolean {
  return (
    (schema.validations?.length ?? 0) > 0 ||
    (schema.items !== undefined && hasRules(schema.items)) ||
    (schema.additionalProperties !== undefined && hasRules(schema.additionalProperties)) ||
    Object.values(schema.properties ?? {}).some(hasRules) ||
    (schema.allOf ?? []).some(hasRules)
  )
}

function environmentOf(self: CelType, oldSelf: CelType): CelEnvironment {
  return celEnvironment({ variables: { self, oldSelf }, libraries: 'kubernetes' })
}

type Compiled = { program: CelProgram } | { problem: string }

function compile(expression: string, environment: CelEnvironment, wanted: 'bool' | 'string'): Compiled {
  const isMessage = wanted === 'string'
  try {
    const program = compileCel(expression, environment)
    if (program.resultType.kind === wanted) return { program }
    return {
      problem: isMessage ? 'messageExpression must evaluate to a string' : 'cel expression must evaluate to a bool',
    }
  } catch (error) {
    if (!(error instanceof CelCompileError)) throw error
    if (error instanceof CelProgramError)
      return { problem: `${isMessage ? 'messageExpression' : 'program'} instantiation failed: ${error.message}` }
    return { problem: `${isMessage ? 'messageExpression ' : ''}compilation failed: ${error.message}` }
  }
}

function compileRule(rule: ValidationRule, type: CelType): CompiledRule {
  if (rule.rule.trim() === '') return { rule, usesOldSelf: false }
  const environment = environmentOf(type, rule.optionalOldSelf === true ? optionalType(type) : type)
  const compiled = compile(rule.rule, environment, 'bool')
  if ('problem' in compiled) return { rule, problem: compiled.problem, usesOldSelf: false }
  const { program } = compiled
  const made = { rule, program, usesOldSelf: program.references.has('oldSelf') }
  if (rule.messageExpression === undefined || rule.messageExpression === '') return made
  const message = compile(rule.messageExpression, environment, 'string')
  return 'problem' in message ? { ...made, messageProblem: message.problem } : { ...made, message: message.program }
}

/** The types of each place with rules are named as seen from there (`selfType.size`), as errors show them. */
function compileRules(
  rules: readonly ValidationRule[],
  { schema, isResource }: { schema: Schema; isResource: boolean },
): CompiledRule[] {
  const type = rules.length === 0 ? undefined : declareSchema(schema, {}, isResource)?.type
  return type === undefined ? [] : rules.map((rule) => compileRule(rule, type))
}

interface Place {
  /** Where the rules stand. */
  readonly rules: Schema
  /** Where the types stand: inside of allOf another one. */
  readonly schema: Schema
  readonly declared: DeclaredType
  readonly isResource: boolean
}

/** The node of a value, or undefined when neither it nor what it holds has rules. */
function compileNode({ rules, schema, declared, isResource }: Place): RuleNode | undefined {
  if (!hasRules(rules)) return undefined
  const properties = new Map<string, RuleNode>()
  for (const [name, property] of Object.entries(rules.properties ?? {})) {
    const node = compileProperty(name, property, { schema, declared })
    if (node !== undefined) properties.set(name, node)
  }
  const below = (inner: Schema | undefined, typed: Schema | undefined): RuleNode | undefined =>
    inner === undefined || typed === undefined || declared.element === undefined
      ? undefined
      : compileNode({
          rules: inner,
          schema: typed,
          declared: declared.element,
          isResource: typed.embeddedResource === true,
        })
  const items = below(rules.items, schema.items)
  const additionalProperties = below(rules.additionalProperties, schema.additionalProperties)
  return {
    schema,
    declared,
    isResource,
    rules: compileRules(rules.validations ?? [], { schema, isResource }),
    properties,
    ...(items === undefined ? {} : { items }),
    ...(additionalProperties === undefined ? {} : { additionalProperties }),
    allOf: (rules.allOf ?? []).flatMap((part) => compileNode({ rules: part, schema, declared, isResource }) ?? []),
  }
}

function compileProperty(
  name: string,
  rules: Schema,
  parent: { schema: Schema; declared: DeclaredType },
): RuleNode | undefined {
  const members = parent.schema.properties
  const schema = members !== undefined && Object.hasOwn(members, name) ? members[name] : undefined
  if (schema === undefined) return undefined
  const escaped = escapeName(name)
  const isResource = schema.embeddedResource === true
  // Fields that expressions cannot name can still have rules of their own.
  const declared = escaped === undefined ? declareSchema(schema) : parent.declared.fields?.get(escaped)
  return declared === undefined ? undefined : compileNode({ rules, schema, declared, isResource })
}

const trees = new WeakMap<Schema, { isResource: boolean; tree: RuleNode | undefined }>()

/** The rules of a schema, compiled once for as long as the schema is used. */
export function compiledRules(schema: Schema, schemas: SchemaSet, isResource: boolean): RuleNode | undefined {
  const known = trees.get(schema)
  if (known !== undefined && known.isResource === isResource) return known.tree
  const declared = hasRules(schema) ? declareSchema(schema, schemas, isResource) : undefined
  const tree = declared === undefined ? undefined : compileNode({ rules: schema, schema, declared, isResource })
  trees.set(schema, { isResource, tree })
  return tree
}
