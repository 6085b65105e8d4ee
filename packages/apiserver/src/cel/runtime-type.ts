/** The type of a value, as `type(x)` and the choice of an overload see it. */

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
  optionalType,
  stringType,
  timestampType,
  typeType,
  uintType,
  type CelType,
} from './types.ts'
import {
  CelDuration,
  CelList,
  CelMap,
  CelOptional,
  CelTimestamp,
  CelTypeValue,
  CelUint,
  type CelValue,
} from './values.ts'

const anyList = listType(dynType)
const anyMap = mapType(dynType, dynType)
const anyOptional = optionalType(dynType)
const anyType = typeType(dynType)

export function runtimeType(value: CelValue): CelType {
  // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- all other kinds are alike
  switch (typeof value) {
    case 'string':
      return stringType
    case 'boolean':
      return boolType
    case 'bigint':
      return intType
    case 'number':
      return doubleType
    default:
      if (value === null) return nullType
      if (value instanceof CelList) return anyList
      if (value instanceof CelMap) return value.objectType ?? anyMap
      if (value instanceof CelUint) return uintType
      if (value instanceof Uint8Array) return bytesType
      if (value instanceof CelTimestamp) return timestampType
      if (value instanceof CelDuration) return durationType
      if (value instanceof CelTypeValue) return anyType
      if (value instanceof CelOptional) return anyOptional
      return value.type
  }
}

/** Whether a value may be passed where a type is declared; type parameters and element types are not looked into. */
export function fitsType(value: CelValue, type: CelType): boolean {
  // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- all other kinds are alike
  switch (type.kind) {
    case 'dyn':
    case 'param':
    case 'error':
      return true
    case 'opaque': {
      const actual = runtimeType(value)
      return actual.kind === 'opaque' && actual.name === type.name
    }
    case 'object':
      return value instanceof CelMap
    default:
      return runtimeType(value).kind === type.kind
  }
}
