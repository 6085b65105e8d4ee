/** Types that an expression may name: `type(x) == int`. */

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
  stringType,
  timestampType,
  typeType,
  uintType,
  type CelType,
} from '../types.ts'

const named: readonly (readonly [string, CelType])[] = [
  ['bool', boolType],
  ['bytes', bytesType],
  ['double', doubleType],
  ['google.protobuf.Duration', durationType],
  ['google.protobuf.Timestamp', timestampType],
  ['int', intType],
  ['list', listType(dynType)],
  ['map', mapType(dynType, dynType)],
  ['net.CIDR', opaqueType('net.CIDR')],
  ['net.IP', opaqueType('net.IP')],
  ['null_type', nullType],
  ['optional_type', optionalType(dynType)],
  ['string', stringType],
  ['type', typeType(dynType)],
  ['uint', uintType],
]

/** What a name stands for as a value, and the type of that value. */
export const namedTypes: ReadonlyMap<string, CelType> = new Map(named)
export const typeNames: ReadonlyMap<string, CelType> = new Map(named.map(([name, type]) => [name, typeType(type)]))
