/** Waits for QEMU to say that a device is gone. */

interface Waiting {
  /** False when the time is over. */
  happened: Promise<boolean>
  cancel(): void
}

export class Deletions {
  readonly #waiting = new Map<string, Set<() => void>>()

  /** Has to be called before the device is asked to go. */
  wait(id: string, timeoutMs: number): Waiting {
    const { promise, resolve } = Promise.withResolvers<boolean>()
    const timer = setTimeout(() => settle(false), timeoutMs)
    const waiting = this.#waiting.get(id) ?? new Set()
    this.#waiting.set(id, waiting)
    const report = (): void => settle(true)
    const settle = (happened: boolean): void => {
      clearTimeout(timer)
      waiting.delete(report)
      if (waiting.size === 0) this.#waiting.delete(id)
      resolve(happened)
    }
    waiting.add(report)
    return { happened: promise, cancel: () => settle(false) }
  }

  report(id: string): void {
    for (const settle of this.#waiting.get(id) ?? []) settle()
  }
}
