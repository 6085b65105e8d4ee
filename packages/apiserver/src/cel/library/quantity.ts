/** Kubernetes' quantities in expressions. */

import { MetaError, compareQuantities, parseQuantity } from '@berth/meta'
import { opaqueType } from '../types.ts'
import { CelFailure, CelOpaque, type CelValue } from '../values.ts'
import { instance, int, text } from './args.ts'
import { traversal } from './cost.ts'
import { overload, type Library } from './functions.ts'

const nano = 1_000_000_000n
const maxInt = 2n ** 63n - 1n

class CelQuantity extends CelOpaque {
  readonly type = opaqueType('kubernetes.Quantity')
  /** In billionths. */
  readonly nanos: bigint

  constructor(nanos: bigint) {
    super()
    this.nanos = nanos
  }
  equals(other: CelOpaque): boolean {
    return other instanceof CelQuantity && compare(this, other) === 0n
  }
}

function compare(left: CelQuantity, right: CelQuantity): bigint {
  const of = (quantity: CelQuantity): Parameters<typeof compareQuantities>[0] => ({
    nanos: quantity.nanos,
    format: 'DecimalSI',
  })
  return BigInt(compareQuantities(of(left), of(right)))
}

function parse(of: string): CelQuantity | CelFailure {
  try {
    return new CelQuantity(parseQuantity(of).nanos)
  } catch (error) {
    if (!(error instanceof MetaError)) throw error
    const pattern = String.raw`^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$`
    return new CelFailure(
      of === '' || !/^[+-]?\d*\.?\d*[eEinumkKMGTP]*[-+]?\d*$/.test(of)
        ? `quantities must match the regular expression '${pattern}'`
        : "unable to parse quantity's suffix",
    )
  }
}

const quantity = (args: readonly CelValue[], index: number): CelQuantity => instance(args, index, CelQuantity)

function asInteger(of: CelQuantity): bigint | undefined {
  const whole = of.nanos / nano
  return of.nanos % nano === 0n && whole <= maxInt && whole >= -maxInt ? whole : undefined
}

const Q = 'kubernetes.Quantity'

export const quantities: Library = [
  overload(`quantity(string): ${Q}`, (a) => parse(text(a, 0)), traversal()),
  overload('isQuantity(string): bool', (a) => !(parse(text(a, 0)) instanceof CelFailure), traversal()),
  overload(`sign(${Q}): int`, (a) => compare(quantity(a, 0), new CelQuantity(0n))),
  overload(`(${Q}).isGreaterThan(${Q}): bool`, (a) => compare(quantity(a, 0), quantity(a, 1)) > 0n),
  overload(`(${Q}).isLessThan(${Q}): bool`, (a) => compare(quantity(a, 0), quantity(a, 1)) < 0n),
  overload(`(${Q}).compareTo(${Q}): int`, (a) => compare(quantity(a, 0), quantity(a, 1))),
  overload(`(${Q}).asApproximateFloat(): double`, (a) => Number(quantity(a, 0).nanos) / 1e9),
  overload(`(${Q}).asInteger(): int`, (a) => {
    return asInteger(quantity(a, 0)) ?? new CelFailure('cannot convert value to integer')
  }),
  overload(`(${Q}).isInteger(): bool`, (a) => asInteger(quantity(a, 0)) !== undefined),
  overload(`(${Q}).add(${Q}): ${Q}`, (a) => new CelQuantity(quantity(a, 0).nanos + quantity(a, 1).nanos)),
  overload(`(${Q}).add(int): ${Q}`, (a) => new CelQuantity(quantity(a, 0).nanos + int(a, 1) * nano)),
  overload(`(${Q}).sub(${Q}): ${Q}`, (a) => new CelQuantity(quantity(a, 0).nanos - quantity(a, 1).nanos)),
  overload(`(${Q}).sub(int): ${Q}`, (a) => new CelQuantity(quantity(a, 0).nanos - int(a, 1) * nano)),
]
