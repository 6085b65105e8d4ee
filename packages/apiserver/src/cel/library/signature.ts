/** Reads the one-line signatures of the libraries. */

import {
  boolType,
  bytesType,
  doubleType,
  durationType,
  dynType,
  intType,
  listType,
  mapType,
  nullType,
  opaqueType,
  optionalType,
  parametersOf,
  stringType,
  timestampType,
  typeParam,
  typeType,
  uintType,
  type CelType,
} from '../types.ts'

interface Signature {
  name: string
  member: boolean
  parameters: CelType[]
  result: CelType
  generic: boolean
}

const simpleTypes: Readonly<Record<string, CelType>> = {
  dyn: dynType,
  bool: boolType,
  int: intType,
  uint: uintType,
  double: doubleType,
  string: stringType,
  bytes: bytesType,
  null: nullType,
  timestamp: timestampType,
  duration: durationType,
}

/** Reads one type at the start of the text and gives what follows it. */
function readType(text: string): [type: CelType, rest: string] {
  const name = /^[\w.]+/.exec(text)?.[0] ?? ''
  let rest = text.slice(name.length)
  const parameters: CelType[] = []
  if (rest.startsWith('<')) {
    do {
      const [parameter, after] = readType(rest.slice(1).trimStart())
      parameters.push(parameter)
      rest = after
    } while (rest.startsWith(','))
    rest = rest.slice(1)
  }
  const [first = dynType, second = dynType] = parameters
  if (name === 'list') return [listType(first), rest]
  if (name === 'map') return [mapType(first, second), rest]
  if (name === 'type') return [parameters.length === 0 ? typeType() : typeType(first), rest]
  if (name === 'optional') return [optionalType(first), rest]
  if (/^[A-Z]$/.test(name)) return [typeParam(name), rest]
  return [simpleTypes[name] ?? opaqueType(name), rest]
}

function readTypes(text: string): CelType[] {
  const types: CelType[] = []
  let rest = text.trim()
  while (rest !== '') {
    const [type, after] = readType(rest)
    types.push(type)
    rest = after.replace(/^\s*,\s*/, '')
  }
  return types
}

function isGeneric(type: CelType): boolean {
  return type.kind === 'param' || parametersOf(type).some(isGeneric)
}

/** A target is told from a qualified name by its parentheses: `(string).size(): int` has one, `cel.bind(T): T` none. */
export function parseSignature(text: string): Signature {
  const match = /^(?:\((?<target>[^)]*)\)\.)?(?<name>[^()]+?)\((?<parameters>[^)]*)\): (?<result>.+)$/.exec(text)
  const { target, name = '', parameters = '', result = '' } = match?.groups ?? {}
  const types = [...(target === undefined ? [] : readTypes(target)), ...readTypes(parameters)]
  const [resultType] = readType(result)
  return {
    name,
    member: target !== undefined,
    parameters: types,
    result: resultType,
    generic: [...types, resultType].some(isGeneric),
  }
}
