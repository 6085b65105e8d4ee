/** Ranges of sizes and costs, from the least to the most there may be. */

export interface CostEstimate {
  readonly min: number
  readonly max: number
}

/** Sizes of values; the same ranges. */
export type SizeEstimate = CostEstimate

/** The largest number of the cost model; what is more stays there. */
export const unbounded = 2 ** 64
export const unknownSize: SizeEstimate = { min: 0, max: unbounded }

const cap = (value: number): number => Math.min(value, unbounded)

export const exactly = (value: number): CostEstimate => ({ min: value, max: value })
export const add = (...of: readonly CostEstimate[]): CostEstimate => ({
  min: cap(of.reduce((sum, { min }) => sum + min, 0)),
  max: cap(of.reduce((sum, { max }) => sum + max, 0)),
})
export const multiply = (left: CostEstimate, right: CostEstimate): CostEstimate => ({
  min: cap(left.min * right.min),
  max: cap(left.max * right.max),
})
/** Times a factor, rounded up. */
export const scale = (of: CostEstimate, factor: number): CostEstimate => ({
  min: cap(Math.ceil(of.min * factor)),
  max: cap(Math.ceil(of.max * factor)),
})
/** All that either may be. */
export const union = (left: CostEstimate, right: CostEstimate): CostEstimate => ({
  min: Math.min(left.min, right.min),
  max: Math.max(left.max, right.max),
})
