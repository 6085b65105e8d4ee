/** The operators that calculate. Integers that leave their 64 bits are an error, as in Go's checked arithmetic. */

import { CelArray, CelDuration, CelFailure, CelTimestamp, CelUint, type CelList, type CelOutcome } from '../values.ts'
import { bytes, double, duration, int, list, text, timestamp, uint } from './args.ts'
import { concatenation } from './cost.ts'
import { overload, type Library } from './functions.ts'

const maxInt = 2n ** 63n - 1n
const minInt = -(2n ** 63n)
const maxUint = 2n ** 64n - 1n
/** Timestamps lie in the years 1 to 9999. */
const minTime = -62_135_596_800_000_000_000n
const maxTime = 253_402_300_799_999_999_999n

const intOverflow = new CelFailure('integer overflow')
const uintOverflow = new CelFailure('unsigned integer overflow')
const timestampOverflow = new CelFailure('timestamp overflow')
const divisionByZero = new CelFailure('division by zero')
const modulusByZero = new CelFailure('modulus by zero')

export const checkedInt = (value: bigint): CelOutcome => (value > maxInt || value < minInt ? intOverflow : value)
export const checkedUint = (value: bigint): CelOutcome =>
  value > maxUint || value < 0n ? uintOverflow : new CelUint(value)
export const checkedDuration = (nanos: bigint): CelOutcome =>
  nanos > maxInt || nanos < minInt ? intOverflow : new CelDuration(nanos)
export const checkedTimestamp = (nanos: bigint): CelOutcome =>
  nanos > maxTime || nanos < minTime ? timestampOverflow : new CelTimestamp(nanos)

/** Lists of type `set` and `map` take in only what they do not have; a map's element takes the place of its namesake. */
function addLists(left: CelList, right: CelList): CelOutcome {
  const { correlation } = left
  if (correlation === undefined) return new CelArray([...left, ...right])
  const merged = new Map([...left].map((element) => [correlation.keyOf(element), element]))
  for (const element of right) merged.set(correlation.keyOf(element), element)
  return new CelArray([...merged.values()])
}

export const arithmetic: Library = [
  overload('_+_(bytes, bytes): bytes', (a) => Uint8Array.from([...bytes(a, 0), ...bytes(a, 1)]), concatenation),
  overload('_+_(double, double): double', (a) => double(a, 0) + double(a, 1)),
  overload('_+_(duration, duration): duration', (a) => checkedDuration(duration(a, 0) + duration(a, 1))),
  overload('_+_(duration, timestamp): timestamp', (a) => checkedTimestamp(duration(a, 0) + timestamp(a, 1))),
  overload('_+_(timestamp, duration): timestamp', (a) => checkedTimestamp(timestamp(a, 0) + duration(a, 1))),
  overload('_+_(int, int): int', (a) => checkedInt(int(a, 0) + int(a, 1))),
  overload('_+_(list<A>, list<A>): list<A>', (a, budget) => {
    const left = list(a, 0)
    const right = list(a, 1)
    // Kubernetes joins lists without copying them; here the copy is paid for, or it could double without end.
    if (left.length + right.length > 100) budget.spend(left.length + right.length)
    return addLists(left, right)
  }),
  overload('_+_(string, string): string', (a) => text(a, 0) + text(a, 1), concatenation),
  overload('_+_(uint, uint): uint', (a) => checkedUint(uint(a, 0) + uint(a, 1))),
  overload('_-_(double, double): double', (a) => double(a, 0) - double(a, 1)),
  overload('_-_(duration, duration): duration', (a) => checkedDuration(duration(a, 0) - duration(a, 1))),
  overload('_-_(int, int): int', (a) => checkedInt(int(a, 0) - int(a, 1))),
  overload('_-_(timestamp, duration): timestamp', (a) => checkedTimestamp(timestamp(a, 0) - duration(a, 1))),
  overload('_-_(timestamp, timestamp): duration', (a) => checkedDuration(timestamp(a, 0) - timestamp(a, 1))),
  overload('_-_(uint, uint): uint', (a) => checkedUint(uint(a, 0) - uint(a, 1))),
  overload('_*_(double, double): double', (a) => double(a, 0) * double(a, 1)),
  overload('_*_(int, int): int', (a) => checkedInt(int(a, 0) * int(a, 1))),
  overload('_*_(uint, uint): uint', (a) => checkedUint(uint(a, 0) * uint(a, 1))),
  overload('_/_(double, double): double', (a) => double(a, 0) / double(a, 1)),
  overload('_/_(int, int): int', (a) => (int(a, 1) === 0n ? divisionByZero : checkedInt(int(a, 0) / int(a, 1)))),
  overload('_/_(uint, uint): uint', (a) => (uint(a, 1) === 0n ? divisionByZero : checkedUint(uint(a, 0) / uint(a, 1)))),
  overload('_%_(int, int): int', (a) => {
    if (int(a, 1) === 0n) return modulusByZero
    return int(a, 0) === minInt && int(a, 1) === -1n ? intOverflow : int(a, 0) % int(a, 1)
  }),
  overload('_%_(uint, uint): uint', (a) => (uint(a, 1) === 0n ? modulusByZero : checkedUint(uint(a, 0) % uint(a, 1)))),
  overload('-_(double): double', (a) => -double(a, 0)),
  overload('-_(int): int', (a) => checkedInt(-int(a, 0))),
]
