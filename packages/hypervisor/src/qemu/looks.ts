/** When to look at something again that mostly stands still: the longer it does, the more turns are left out. */

/** Turns left out at most: with a look every half second, two seconds pass before a quiet guest's first words are counted. */
const mostLeftOut = 3

export class Looks {
  #leftOut = 0
  #toLeaveOut = 0
  #seen: number | undefined

  /** Asked once a turn. */
  due(): boolean {
    if (this.#toLeaveOut === 0) return true
    this.#toLeaveOut -= 1
    return false
  }

  /** What a look found. */
  saw(position: number): void {
    this.#leftOut = position === this.#seen ? Math.min(mostLeftOut, this.#leftOut + 1) : 0
    this.#toLeaveOut = this.#leftOut
    this.#seen = position
  }
}
