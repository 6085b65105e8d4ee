/** Randomness for generated values: some of them are passwords. */

import { randomInt } from 'node:crypto'

const steps = 2 ** 47

/** 0 to just under 1. */
export function secureRandom(): number {
  return randomInt(steps) / steps
}
