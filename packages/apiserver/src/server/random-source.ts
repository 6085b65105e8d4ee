/** Sources of randomness, passed in so that tests own them. */
export interface RandomSource {
  /** A version 4 UUID. */
  uuid(): string
  /** A number in [0, 1). */
  number(): number
}
