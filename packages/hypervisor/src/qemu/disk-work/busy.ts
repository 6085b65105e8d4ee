/** Which disks are worked on: one piece of work at a time on each. */

import { DriverError } from '../../driver.ts'

interface Work {
  names: readonly string[]
  end: AbortController
  done: Promise<unknown>
}

export class Busy {
  readonly #machine: string
  readonly #works = new Set<Work>()

  constructor(machine: string) {
    this.#machine = machine
  }

  /**
   * Does some work, unless there is other work on these disks.
   * @param act is given a signal that ends with the caller's, and when the disk goes
   * @throws {DriverError} WrongState, and what the work throws
   */
  async during<T>(
    names: readonly string[],
    signal: AbortSignal | undefined,
    act: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    for (const { names: taken } of this.#works) {
      const name = names.find((each) => taken.includes(each))
      if (name !== undefined) {
        throw new DriverError('WrongState', `disk ${name} of ${this.#machine} is being worked on`, {
          remedy: 'Wait until that is done, or end it.',
        })
      }
    }
    const end = new AbortController()
    const result = act(signal === undefined ? end.signal : AbortSignal.any([signal, end.signal]))
    const work: Work = { names, end, done: result.catch(() => {}) }
    this.#works.add(work)
    try {
      return await result
    } finally {
      this.#works.delete(work)
    }
  }

  /** Ends the work on a disk that is about to go. */
  async end(name: string): Promise<void> {
    const works = [...this.#works].filter(({ names }) => names.includes(name))
    for (const { end } of works)
      end.abort(new DriverError('WrongState', `disk ${name} of ${this.#machine} is detached`))
    await Promise.all(works.map(({ done }) => done))
  }
}
