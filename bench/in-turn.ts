/** Both sides of a ratio in turn, so that what the machine's disk and memory do meanwhile happens to both. */

import { median } from './statistics.ts'

export interface InTurn {
  /** Milliseconds of each counted round. */
  ours: number[]
  /** Before and after each of ours. */
  bare: number[]
  /** Each of ours by the mean of its two neighbours: lowest, median and highest, for a note. */
  ratios: string
}

/**
 * Bare, ours, bare, ours, …, bare. The first round is not counted: it uses memory and blocks of the disk that nobody had before, which costs
 * more than what was just given back.
 * @param sides give milliseconds, and leave the machine as it was
 */
export async function inTurn(
  rounds: number,
  sides: { ours: (round: number) => Promise<number>; bare: () => Promise<number> },
): Promise<InTurn> {
  await sides.bare()
  await sides.ours(0)
  const ours: number[] = []
  const bare = [await sides.bare()]
  for (let round = 1; round <= rounds; round += 1) {
    ours.push(await sides.ours(round))
    bare.push(await sides.bare())
  }
  const each = ours.map((value, at) => (2 * value) / ((bare[at] ?? 0) + (bare[at + 1] ?? 0)))
  const [lowest, middle, highest] = [Math.min(...each), median(each), Math.max(...each)].map((ratio) =>
    ratio.toFixed(2),
  )
  return { ours, bare, ratios: `each beside its neighbours ${lowest}x to ${highest}x, median ${middle}x` }
}
