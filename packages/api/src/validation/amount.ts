/** Quantities as KubeVirt's rules read them: absent is zero, a whole number is rounded up, text is canonical. */

import { canonicalQuantity, parseQuantity } from '@berth/meta'

const nano = 1_000_000_000n
const milli = 1_000_000n

export interface Amount {
  nanos: bigint
  /** Rounded away from zero. */
  value: bigint
  /** In thousandths, rounded away from zero. */
  millis: bigint
  /** As Kubernetes prints it. */
  text: string
}

const zero: Amount = { nanos: 0n, value: 0n, millis: 0n, text: '0' }

/** What is not a quantity counts as absent: the schema names it. */
export function amountOf(input: string | number | undefined): Amount {
  return readAmount(input) ?? zero
}

/** undefined where there is none, or none that can be read. */
export function readAmount(input: string | number | undefined): Amount | undefined {
  if (input === undefined) return undefined
  try {
    const { nanos } = parseQuantity(input)
    return {
      nanos,
      value: awayFromZero(nanos, nano),
      millis: awayFromZero(nanos, milli),
      text: canonicalQuantity(input),
    }
  } catch {
    return undefined
  }
}

function awayFromZero(nanos: bigint, unit: bigint): bigint {
  const whole = nanos / unit
  if (nanos % unit === 0n) return whole
  return nanos > 0n ? whole + 1n : whole - 1n
}
