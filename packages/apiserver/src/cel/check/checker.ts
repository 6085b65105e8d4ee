/** The type checker: gives every node its type and every call its possible overloads, or says what is wrong where. */

import type { CelEnvironment } from '../environment.ts'
import { CelCompileError, type CelIssue } from '../errors.ts'
import type { CelFunction, CelOverload } from '../library/functions.ts'
import { qualifiedName, type CallNode, type CelNode, type LoopNode, type StructNode } from '../syntax/ast.ts'
import type { ParsedExpression } from '../syntax/parser.ts'
import {
  boolType,
  dynType,
  errorType,
  formatType,
  intType,
  listType,
  mapType,
  optionalType,
  parametersOf,
  sameType,
  stringType,
  typeParam,
  type CelType,
} from '../types.ts'
import { runtimeType } from '../runtime-type.ts'
import { literalIssues } from './literal-rules.ts'
import { typeNames } from './type-names.ts'
import { mostGeneral, TypeVariables, unwrapOptional } from './unify.ts'

export interface CheckedExpression {
  readonly source: string
  readonly root: CelNode
  readonly resultType: CelType
  /** By node id. */
  readonly types: ReadonlyMap<number, CelType>
  /** The overloads a call may come to, by node id. */
  readonly overloads: ReadonlyMap<number, readonly CelOverload[]>
  /** Functions that were called by a qualified name (`optional.of`), by node id. */
  readonly qualified: ReadonlyMap<number, string>
  /** Selects that are a dotted variable or type, by node id. */
  readonly names: ReadonlyMap<number, string>
  readonly references: ReadonlySet<string>
}

class Checker {
  readonly issues: CelIssue[] = []
  readonly types = new Map<number, CelType>()
  readonly overloads = new Map<number, CelOverload[]>()
  readonly qualified = new Map<number, string>()
  readonly names = new Map<number, string>()
  readonly references = new Set<string>()
  readonly variables = new TypeVariables()
  readonly #environment: CelEnvironment
  readonly #scopes: Map<string, CelType>[] = []

  constructor(environment: CelEnvironment) {
    this.#environment = environment
  }

  #issue(at: number, message: string): void {
    this.issues.push({ at, message })
  }

  #mismatch(at: number, wanted: CelType, found: CelType): void {
    const [left, right] = [wanted, found].map((type) => formatType(this.variables.substitute(type)))
    this.#issue(at, `expected type '${left}' but found '${right}'`)
  }

  check(node: CelNode): CelType {
    const type = this.#typeOf(node)
    this.types.set(node.id, type)
    return type
  }

  #typeOf(node: CelNode): CelType {
    switch (node.kind) {
      case 'literal':
        return runtimeType(node.value)
      case 'ident':
        return this.#name(node.name) ?? this.#undeclared(node.at, node.name)
      case 'select': {
        const dotted = node.test ? undefined : this.#dotted(node)
        if (dotted !== undefined) return dotted
        const type = this.#select(node.at, node.operand, node.field)
        return node.test ? boolType : this.variables.substitute(type)
      }
      case 'call':
        return this.#call(node)
      case 'list': {
        let element: CelType | undefined
        for (const { value, optional } of node.elements) element = this.#join(element, this.#entry(value, optional))
        return listType(element ?? this.variables.fresh())
      }
      case 'map': {
        let key: CelType | undefined
        let value: CelType | undefined
        for (const entry of node.entries) {
          key = this.#join(key, this.check(entry.key))
          value = this.#join(value, this.#entry(entry.value, entry.optional))
        }
        return mapType(key ?? this.variables.fresh(), value ?? this.variables.fresh())
      }
      case 'struct':
        return this.#struct(node)
      case 'loop':
        return this.#loop(node)
      case 'bind': {
        const type = this.check(node.value)
        return this.#scoped([[node.name, type]], () => this.check(node.body))
      }
    }
  }

  #scoped<T>(names: readonly (readonly [string, CelType])[], inside: () => T): T {
    this.#scopes.push(new Map(names))
    const result = inside()
    this.#scopes.pop()
    return result
  }

  #name(name: string): CelType | undefined {
    for (let index = this.#scopes.length - 1; index >= 0; index--) {
      const type = this.#scopes[index]?.get(name)
      if (type !== undefined) return type
    }
    const type = this.#environment.variables.get(name)
    if (type !== undefined) this.references.add(name)
    return type ?? typeNames.get(name)
  }

  #undeclared(at: number, name: string): CelType {
    this.#issue(at, `undeclared reference to '${name}' (in container '')`)
    return errorType
  }

  /** A select that is not one: the whole is the name of a variable or a type. */
  #dotted(node: CelNode): CelType | undefined {
    const name = qualifiedName(node)
    const type = name === undefined ? undefined : this.#name(name)
    if (name === undefined || type === undefined) return undefined
    this.names.set(node.id, name)
    return type
  }

  #select(at: number, operand: CelNode, field: string): CelType {
    const { type, optional } = unwrapOptional(this.variables.substitute(this.check(operand)))
    const found = this.#field(at, type, field)
    return optional ? optionalType(found) : found
  }

  #field(at: number, type: CelType, field: string): CelType {
    // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- all other kinds are alike
    switch (type.kind) {
      case 'map':
        return type.value
      case 'object': {
        const found = type.field(field)
        if (found === undefined) this.#issue(at, `undefined field '${field}'`)
        return found ?? errorType
      }
      case 'param':
        this.variables.assignable(dynType, type)
        return dynType
      case 'dyn':
      case 'error':
        return dynType
      default:
        this.#issue(at, `type '${formatType(type)}' does not support field selection`)
        return dynType
    }
  }

  #optionalSelect(node: CallNode): CelType {
    const [operand, field] = node.args
    if (operand === undefined || field?.kind !== 'literal' || typeof field.value !== 'string') return errorType
    this.types.set(field.id, stringType)
    const type = this.variables.substitute(this.#select(node.at, operand, field.value))
    return unwrapOptional(type).optional ? type : optionalType(type)
  }

  #call(node: CallNode): CelType {
    if (node.name === '_?._') return this.#optionalSelect(node)
    const args = node.args.map((arg) => this.check(arg))
    if (node.target === undefined) {
      const called = this.#environment.functions.get(node.name)
      return called === undefined ? this.#undeclared(node.at, node.name) : this.#resolve(node, called, args)
    }
    const prefix = qualifiedName(node.target)
    const qualified = prefix === undefined ? undefined : this.#environment.functions.get(`${prefix}.${node.name}`)
    if (qualified !== undefined) {
      this.qualified.set(node.id, qualified.name)
      return this.#resolve(node, qualified, args)
    }
    const target = this.check(node.target)
    const called = this.#environment.functions.get(node.name)
    return called === undefined
      ? this.#undeclared(node.at, node.name)
      : this.#resolve(node, called, [target, ...args], target)
  }

  #resolve(node: CallNode, called: CelFunction, args: readonly CelType[], target?: CelType): CelType {
    if (called.name === '_&&_' || called.name === '_||_') return this.#logical(node, args)
    let result: CelType | undefined
    const found: CelOverload[] = []
    for (const overload of called.overloads) {
      if (overload.member !== (target !== undefined) || overload.parameters.length !== args.length) continue
      const [type = dynType, ...parameters] = overload.generic
        ? this.variables.instantiate([overload.result, ...overload.parameters])
        : [overload.result, ...overload.parameters]
      if (!this.variables.accept(parameters, args)) continue
      found.push(overload)
      const given = this.variables.substitute(type)
      if (result === undefined) result = given
      else if (result.kind !== 'dyn' && !sameType(given, result)) result = dynType
    }
    if (result === undefined) {
      const shown = args.map((type) => formatType(this.variables.substitute(type, true)))
      const of = target === undefined ? '' : `${shown.shift() ?? ''}.`
      this.#issue(node.at, `found no matching overload for '${called.name}' applied to '${of}(${shown.join(', ')})'`)
      return errorType
    }
    this.overloads.set(node.id, found)
    return result
  }

  #logical(node: CallNode, args: readonly CelType[]): CelType {
    let fits = true
    for (const [index, type] of args.entries()) {
      if (this.variables.assignable(boolType, type)) continue
      this.#mismatch(node.args[index]?.at ?? node.at, boolType, type)
      fits = false
    }
    return fits ? boolType : errorType
  }

  #entry(node: CelNode, optional: boolean): CelType {
    const type = this.check(node)
    if (!optional) return type
    const unwrapped = unwrapOptional(type)
    if (!unwrapped.optional && type.kind !== 'dyn') this.#mismatch(node.at, optionalType(type), type)
    return unwrapped.type
  }

  /** The type of elements of both types. That they are of one is a rule about literals (literal-rules.ts). */
  #join(before: CelType | undefined, next: CelType): CelType {
    if (before === undefined) return next
    return this.variables.assignable(before, next) ? mostGeneral(before, next) : dynType
  }

  #struct(node: StructNode): CelType {
    const type = this.#environment.objects(node.type)
    if (type === undefined) {
      for (const { value } of node.fields) this.check(value)
      if (!typeNames.has(node.type)) return this.#undeclared(node.at, node.type)
      this.#issue(node.at, `'${node.type}' is not a message type`)
      for (const { at } of node.fields) this.#issue(at, `unexpected failed resolution of '${node.type}'`)
      return errorType
    }
    for (const field of node.fields) {
      const value = this.#entry(field.value, field.optional)
      const wanted = type.field(field.name)
      if (wanted === undefined) this.#issue(field.at, `undefined field '${field.name}'`)
      else if (!this.variables.assignable(wanted, value)) {
        const [left, right] = [wanted, value].map((shown) => formatType(this.variables.substitute(shown)))
        this.#issue(field.at, `expected type of field '${field.name}' is '${left}' but provided type is '${right}'`)
      }
    }
    return type
  }

  /** The types of the one or two variables of a loop over the range. */
  #elements(node: LoopNode): [first: CelType, second: CelType] {
    const range = this.variables.substitute(this.check(node.range))
    const two = node.variable2 !== undefined
    // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- all other kinds are alike
    switch (range.kind) {
      case 'list':
        return two ? [intType, range.element] : [range.element, range.element]
      case 'map':
        return [range.key, range.value]
      case 'dyn':
      case 'error':
      case 'param':
        this.variables.assignable(dynType, range)
        return [dynType, dynType]
      default:
        this.#issue(
          node.range.at,
          `expression of type '${formatType(range)}' cannot be range of a comprehension (must be list, map, or dynamic)`,
        )
        return [errorType, errorType]
    }
  }

  #loop(node: LoopNode): CelType {
    const [first, second] = this.#elements(node)
    const names: (readonly [string, CelType])[] = [[node.variable, first]]
    if (node.variable2 !== undefined) names.push([node.variable2, second])
    return this.#scoped(names, () => {
      const condition = node.condition === undefined ? undefined : this.check(node.condition)
      const result = node.result === undefined ? first : this.check(node.result)
      return this.#loopResult(node, condition, result)
    })
  }

  /** The condition of a step that is a ternary in cel-go's expansion, whose branches are of the given type. */
  #stepCondition(node: LoopNode, condition: CelType | undefined, branch: CelType): void {
    if (condition === undefined || this.variables.assignable(boolType, condition)) return
    const [shown, of] = [condition, branch].map((type) => formatType(this.variables.substitute(type, true)))
    this.#issue(node.at, `found no matching overload for '_?_:_' applied to '(${shown}, ${of}, ${of})'`)
  }

  #loopResult(node: LoopNode, condition: CelType | undefined, result: CelType): CelType {
    switch (node.macro) {
      case 'all':
      case 'exists':
        if (condition !== undefined && !this.variables.assignable(boolType, condition))
          this.#mismatch(node.condition?.at ?? node.at, boolType, condition)
        return boolType
      case 'existsOne':
        this.#stepCondition(node, condition, intType)
        return boolType
      case 'filter':
      case 'map':
      case 'transformList':
        this.#stepCondition(node, condition, listType(result))
        return this.variables.substitute(listType(result))
      case 'transformMap': {
        const [key = dynType] = this.#keyOf(node)
        this.#stepCondition(node, condition, mapType(key, result))
        return this.variables.substitute(mapType(key, result))
      }
      case 'transformMapEntry': {
        const entry = this.variables.substitute(result)
        if (entry.kind !== 'map' && entry.kind !== 'dyn' && entry.kind !== 'error') {
          const name = 'cel.@mapInsert'
          const shown = formatType(this.variables.substitute(entry, true))
          this.#issue(node.at, `found no matching overload for '${name}' applied to '(map(dyn, dyn), ${shown})'`)
          return errorType
        }
        this.#stepCondition(node, condition, entry)
        return entry.kind === 'map' ? entry : mapType(dynType, dynType)
      }
    }
  }

  #keyOf(node: LoopNode): readonly CelType[] {
    const range = this.variables.substitute(this.types.get(node.range.id) ?? dynType)
    return range.kind === 'list' ? [intType] : parametersOf(range)
  }
}

/**
 * Checks a parsed expression against what may be named.
 * @throws CelCompileError with everything that is wrong
 */
export function checkExpression(parsed: ParsedExpression, environment: CelEnvironment): CheckedExpression {
  const checker = new Checker(environment)
  checker.check(parsed.root)
  const types = new Map<number, CelType>()
  for (const [id, type] of checker.types) types.set(id, checker.variables.substitute(type, true))
  const issues = checker.issues.length > 0 ? checker.issues : literalIssues(parsed.root, types)
  if (issues.length > 0) throw new CelCompileError(parsed.source, issues)
  return {
    source: parsed.source,
    root: parsed.root,
    resultType: types.get(parsed.root.id) ?? typeParam('T'),
    types,
    overloads: checker.overloads,
    qualified: checker.qualified,
    names: checker.names,
    references: checker.references,
  }
}
