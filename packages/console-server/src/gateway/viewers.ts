/**
 * Who is on which screen or serial console through this server. A cluster lets one session at a time on each, the newest; so people are
 * asked before they end somebody's, and told whose it is.
 */

export class Viewers {
  /** By stream, in the order they came. */
  readonly #open = new Map<string, { who: string }[]>()

  /** @returns takes the viewer off again, called once */
  enter(stream: string, who: string): () => void {
    const viewer = { who }
    const open = this.#open.get(stream) ?? []
    this.#open.set(stream, [...open, viewer])
    return () => {
      const left = (this.#open.get(stream) ?? []).filter((other) => other !== viewer)
      if (left.length === 0) this.#open.delete(stream)
      else this.#open.set(stream, left)
    }
  }

  /** The one whose session it is. */
  current(stream: string): string | undefined {
    return this.#open.get(stream)?.at(-1)?.who
  }
}
