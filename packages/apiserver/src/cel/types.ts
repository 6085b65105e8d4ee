/** The types of CEL: what the checker proves about an expression, and how cel-go prints them in its errors. */

export interface CelObjectType {
  readonly kind: 'object'
  /** Objects with the same name have the same type. */
  readonly name: string
  /** The type of a field, or undefined when there is no such field. */
  field(name: string): CelType | undefined
}

type CelSimpleKind =
  | 'dyn'
  | 'error'
  | 'bool'
  | 'int'
  | 'uint'
  | 'double'
  | 'string'
  | 'bytes'
  | 'null'
  | 'timestamp'
  | 'duration'

export type CelType =
  | { readonly kind: CelSimpleKind }
  | { readonly kind: 'list'; readonly element: CelType }
  | { readonly kind: 'map'; readonly key: CelType; readonly value: CelType }
  | CelObjectType
  /** Types of a library (`url`, `optional_type`); `nominal` ones are message types to cel-go and have no parameters. */
  | { readonly kind: 'opaque'; readonly name: string; readonly parameters: readonly CelType[] }
  /** The type of a type value; without `of` any type. */
  | { readonly kind: 'type'; readonly of?: CelType }
  /** A type variable: of a function's declaration (`T`) or one the checker made (`_var1`). */
  | { readonly kind: 'param'; readonly name: string }

const simple = <Kind extends CelSimpleKind>(kind: Kind): { readonly kind: Kind } => Object.freeze({ kind })

export const dynType: CelType = simple('dyn')
export const errorType: CelType = simple('error')
export const boolType: CelType = simple('bool')
export const intType: CelType = simple('int')
export const uintType: CelType = simple('uint')
export const doubleType: CelType = simple('double')
export const stringType: CelType = simple('string')
export const bytesType: CelType = simple('bytes')
export const nullType: CelType = simple('null')
export const timestampType: CelType = simple('timestamp')
export const durationType: CelType = simple('duration')

export const listType = (element: CelType): CelType => ({ kind: 'list', element })
export const mapType = (key: CelType, value: CelType): CelType => ({ kind: 'map', key, value })
export const typeType = (of?: CelType): CelType => (of === undefined ? { kind: 'type' } : { kind: 'type', of })
export const typeParam = (name: string): CelType => ({ kind: 'param', name })
export const opaqueType = (name: string, ...parameters: CelType[]): CelType => ({ kind: 'opaque', name, parameters })
export const optionalType = (of: CelType): CelType => opaqueType('optional_type', of)

/** An object type over a plain table of fields. */
export function objectType(name: string, fields: Readonly<Record<string, CelType>>): CelObjectType {
  return { kind: 'object', name, field: (field) => (Object.hasOwn(fields, field) ? fields[field] : undefined) }
}

/** The types a type is made of, in cel-go's order. */
export function parametersOf(type: CelType): readonly CelType[] {
  // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- all other kinds are alike
  switch (type.kind) {
    case 'list':
      return [type.element]
    case 'map':
      return [type.key, type.value]
    case 'opaque':
      return type.parameters
    case 'type':
      return type.of === undefined ? [] : [type.of]
    default:
      return []
  }
}

/** The name at the head of a type: what `type(x)` prints and what types are told apart by. */
export function typeName(type: CelType): string {
  // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- all other kinds are alike
  switch (type.kind) {
    case 'object':
    case 'opaque':
    case 'param':
      return type.name
    case 'null':
      return 'null_type'
    case 'timestamp':
      return 'google.protobuf.Timestamp'
    case 'duration':
      return 'google.protobuf.Duration'
    case 'error':
      return '!error!'
    default:
      return type.kind
  }
}

/** A type as cel-go's checker prints it: `map(string, list(int))`. */
export function formatType(type: CelType): string {
  // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- all other kinds are alike
  switch (type.kind) {
    case 'null':
    case 'timestamp':
    case 'duration':
      return type.kind
    default: {
      const parameters = parametersOf(type)
      const name = typeName(type)
      return parameters.length === 0 ? name : `${name}(${parameters.map(formatType).join(', ')})`
    }
  }
}

/** Whether two types are the same one, type variables by name. */
export function sameType(left: CelType, right: CelType): boolean {
  if (left === right) return true
  if (left.kind !== right.kind || typeName(left) !== typeName(right)) return false
  const ours = parametersOf(left)
  const theirs = parametersOf(right)
  return (
    ours.length === theirs.length &&
    ours.every((type, index) => {
      const other = theirs[index]
      return other !== undefined && sameType(type, other)
    })
  )
}
