/** Type variables of one check, and the rules by which one type may stand where another is asked for. */

import {
  dynType,
  listType,
  mapType,
  parametersOf,
  sameType,
  typeName,
  typeParam,
  typeType,
  type CelType,
} from '../types.ts'

const isLoose = (type: CelType): boolean => type.kind === 'dyn' || type.kind === 'error'

/** Whether the first type says no more than the second. */
function isLessSpecific(left: CelType, right: CelType): boolean {
  if (left.kind === 'dyn' || left.kind === 'param') return true
  if (right.kind === 'dyn' || right.kind === 'param') return false
  if (left.kind !== right.kind) return false
  if (left.kind === 'type') return true
  if (typeName(left) !== typeName(right)) return false
  const theirs = parametersOf(right)
  return parametersOf(left).every((type, index) => isLessSpecific(type, theirs[index] ?? dynType))
}

export function mostGeneral(left: CelType, right: CelType): CelType {
  return isLessSpecific(left, right) ? left : right
}

function mapParameters(type: CelType, change: (type: CelType) => CelType): CelType {
  // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- all other kinds are alike
  switch (type.kind) {
    case 'list':
      return listType(change(type.element))
    case 'map':
      return mapType(change(type.key), change(type.value))
    case 'opaque':
      return type.parameters.length === 0 ? type : { ...type, parameters: type.parameters.map(change) }
    case 'type':
      return type.of === undefined ? type : typeType(change(type.of))
    default:
      return type
  }
}

export class TypeVariables {
  #bound = new Map<string, CelType>()
  #made = 0

  fresh(): CelType {
    return typeParam(`_var${this.#made++}`)
  }

  /** Puts what is known of them in place of type variables; unknown ones become dyn when that is asked for. */
  substitute(type: CelType, unknownToDyn = false): CelType {
    if (type.kind === 'param') {
      const bound = this.#bound.get(type.name)
      if (bound !== undefined) return this.substitute(bound, unknownToDyn)
      return unknownToDyn ? dynType : type
    }
    return mapParameters(type, (inner) => this.substitute(inner, unknownToDyn))
  }

  /** The type with variables of its own for the parameters of a declaration. */
  instantiate(types: readonly CelType[]): CelType[] {
    const fresh = new Map<string, CelType>()
    const change = (type: CelType): CelType => {
      if (type.kind !== 'param') return mapParameters(type, change)
      const known = fresh.get(type.name) ?? this.fresh()
      fresh.set(type.name, known)
      return known
    }
    return types.map(change)
  }

  /** Whether each actual type may stand for the wanted one; variables stay bound only if all may. */
  accept(wanted: readonly CelType[], actual: readonly CelType[]): boolean {
    if (wanted.length !== actual.length) return false
    const before = this.#bound
    this.#bound = new Map(before)
    const fits = wanted.every((type, index) => {
      const other = actual[index]
      return other !== undefined && this.#assignable(other, type)
    })
    if (!fits) this.#bound = before
    return fits
  }

  assignable(wanted: CelType, actual: CelType): boolean {
    return this.accept([wanted], [actual])
  }

  #occurs(name: string, within: CelType): boolean {
    if (within.kind === 'param') {
      if (within.name === name) return true
      const bound = this.#bound.get(within.name)
      return bound !== undefined && this.#occurs(name, bound)
    }
    return parametersOf(within).some((type) => this.#occurs(name, type))
  }

  /** Whether the variable may be the type; `bound` when it is something else already. */
  #bind(type: CelType, variable: { kind: 'param'; name: string }): 'yes' | 'no' | 'bound' {
    if (sameType(type, variable)) return 'yes'
    const known = this.#bound.get(variable.name)
    if (known !== undefined) {
      if (sameType(type, known)) return 'yes'
      if (!this.#assignable(type, known)) return 'bound'
      const general = mostGeneral(type, known)
      if (!this.#occurs(variable.name, general)) this.#bound.set(variable.name, general)
      return 'yes'
    }
    if (this.#occurs(variable.name, type)) return 'no'
    this.#bound.set(variable.name, type)
    return 'yes'
  }

  #assignable(left: CelType, right: CelType): boolean {
    if (right.kind === 'param') {
      const bound = this.#bind(left, right)
      if (bound !== 'no') return bound === 'yes'
    }
    if (left.kind === 'param') return this.#bind(right, left) === 'yes'
    if (isLoose(left) || isLoose(right)) return true
    if (left.kind === 'null') return acceptsNull(right)
    if (right.kind === 'null') return acceptsNull(left)
    if (left.kind === 'type' || right.kind === 'type') return left.kind === right.kind
    if (left.kind !== right.kind || typeName(left) !== typeName(right)) return false
    const ours = parametersOf(left)
    const theirs = parametersOf(right)
    return (
      ours.length === theirs.length &&
      ours.every((type, index) => {
        const other = theirs[index]
        return other !== undefined && this.#assignable(type, other)
      })
    )
  }
}

/** Types that null may stand for without being declared so. */
function acceptsNull(type: CelType): boolean {
  return ['null', 'opaque', 'object', 'duration', 'timestamp'].includes(type.kind)
}

/** Strips one layer of optional. */
export function unwrapOptional(type: CelType): { type: CelType; optional: boolean } {
  if (type.kind !== 'opaque' || type.name !== 'optional_type') return { type, optional: false }
  return { type: type.parameters[0] ?? dynType, optional: true }
}
