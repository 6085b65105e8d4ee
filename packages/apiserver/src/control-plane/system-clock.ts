/** The clock of the machine. */

import type { Clock } from '@berth/base'

/** Node takes longer ones for none at all. */
const longestMs = 2 ** 31 - 1

export const systemClock: Clock = {
  now: () => new Date(),
  after(ms, callback) {
    let timer: NodeJS.Timeout
    const arm = (left: number): void => {
      timer = left <= longestMs ? setTimeout(callback, left) : setTimeout(() => arm(left - longestMs), longestMs)
    }
    arm(ms)
    return () => clearTimeout(timer)
  },
}
