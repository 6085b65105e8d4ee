/** Whether a process that does the same again and again keeps growing. */

import type { FuzzReport } from './fuzz.ts'

/** What caches may still gain after the first third. */
const allowedBytes = 48 * 1024 * 1024
const allowedHandles = 12

/** The last third of the rounds is held against the second, by their lows: what stays grows, what comes and goes does not. */
export function memoryGrowth(rounds: FuzzReport['rounds']): string[] {
  const third = Math.floor(rounds.length / 3)
  if (third === 0) return []
  const low = (part: FuzzReport['rounds'], of: 'heapBytes' | 'handles'): number =>
    Math.min(...part.map((round) => round[of]))
  const [middle, last] = [rounds.slice(third, 2 * third), rounds.slice(-third)]
  const bytes = low(last, 'heapBytes') - low(middle, 'heapBytes')
  const handles = low(last, 'handles') - low(middle, 'handles')
  return [
    ...(bytes > allowedBytes ? [`memory grew by ${Math.round(bytes / 1024 / 1024)} MiB`] : []),
    ...(handles > allowedHandles ? [`${handles} more file handles are open`] : []),
  ]
}
