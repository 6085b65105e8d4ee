/** How far a transfer is, as one line: share, speed, time left. */

import { formatBytes } from '../images/format-bytes.ts'
import { formatElapsed } from '../output/progress.ts'

interface Sample {
  ms: number
  bytes: number
}

/** Speed is that of the last seconds: what was slow an hour ago tells nothing of now. */
const windowMs = 10_000

export class TransferText {
  readonly #total: number
  readonly #now: () => Date
  readonly #samples: Sample[] = []
  #bytes = 0

  constructor({ total, now }: { total: number; now: () => Date }) {
    this.#total = total
    this.#now = now
    this.#samples.push({ ms: now().getTime(), bytes: 0 })
  }

  add(bytes: number): void {
    this.#bytes += bytes
    const ms = this.#now().getTime()
    const last = this.#samples.at(-1)
    if (last !== undefined && ms - last.ms < 200) return
    this.#samples.push({ ms, bytes: this.#bytes })
    while (this.#samples.length > 2 && ms - (this.#samples[1]?.ms ?? ms) > windowMs) this.#samples.shift()
  }

  text(): string {
    const share = this.#total === 0 ? 100 : Math.floor((this.#bytes / this.#total) * 100)
    const parts = [`${share}% of ${formatBytes(this.#total)}`]
    const [first] = this.#samples
    const elapsed = this.#now().getTime() - (first?.ms ?? 0)
    const speed = elapsed < 500 ? 0 : ((this.#bytes - (first?.bytes ?? 0)) / elapsed) * 1000
    if (speed > 0) {
      parts.push(`${formatBytes(Math.round(speed))}/s`)
      const left = ((this.#total - this.#bytes) / speed) * 1000
      if (left >= 1000) parts.push(`${formatElapsed(left)} left`)
    }
    return parts.join(', ')
  }
}
