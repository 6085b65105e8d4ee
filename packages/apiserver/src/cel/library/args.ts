/** Arguments of overloads as what their signature says they are. */

import { CelDuration, CelList, CelMap, CelOptional, CelTimestamp, CelUint, type CelValue } from '../values.ts'

type Args = readonly CelValue[]

/** Overloads are only run on values of their parameters' types, so that this is a bug of ours. */
function wrong(index: number): never {
  throw new TypeError(`argument ${index} of a CEL function is not what its signature says`)
}

export function value(args: Args, index: number): CelValue {
  const found = args[index]
  return found === undefined ? wrong(index) : found
}
export function text(args: Args, index: number): string {
  const found = args[index]
  return typeof found === 'string' ? found : wrong(index)
}
export function int(args: Args, index: number): bigint {
  const found = args[index]
  return typeof found === 'bigint' ? found : wrong(index)
}
export function uint(args: Args, index: number): bigint {
  const found = args[index]
  return found instanceof CelUint ? found.value : wrong(index)
}
export function double(args: Args, index: number): number {
  const found = args[index]
  return typeof found === 'number' ? found : wrong(index)
}
export function bool(args: Args, index: number): boolean {
  const found = args[index]
  return typeof found === 'boolean' ? found : wrong(index)
}
export function bytes(args: Args, index: number): Uint8Array {
  const found = args[index]
  return found instanceof Uint8Array ? found : wrong(index)
}
export function list(args: Args, index: number): CelList {
  const found = args[index]
  return found instanceof CelList ? found : wrong(index)
}
export function map(args: Args, index: number): CelMap {
  const found = args[index]
  return found instanceof CelMap ? found : wrong(index)
}
export function timestamp(args: Args, index: number): bigint {
  const found = args[index]
  return found instanceof CelTimestamp ? found.nanos : wrong(index)
}
export function duration(args: Args, index: number): bigint {
  const found = args[index]
  return found instanceof CelDuration ? found.nanos : wrong(index)
}
export function optional(args: Args, index: number): CelOptional {
  const found = args[index]
  return found instanceof CelOptional ? found : wrong(index)
}
/** The argument as a value of a library's own class. */
export function instance<T extends CelValue>(args: Args, index: number, of: abstract new (...made: never[]) => T): T {
  const found = args[index]
  return found instanceof of ? found : wrong(index)
}
