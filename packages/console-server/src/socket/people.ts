/** What each person has open at this server, over all their sessions and windows: a second session is no second share. */

import { Effort } from './effort.ts'

export interface OpenOf {
  sockets: number
  channels: number
  readonly effort: Effort
}

/** Of both kinds of socket together. */
export const maxSockets = 64
/** A window has a handful; twenty windows are many. */
export const maxChannels = 256

export function nothingOpen(): OpenOf {
  return { sockets: 0, channels: 0, effort: new Effort() }
}

export class People {
  readonly #open = new Map<string, OpenOf>()

  /** Of somebody by their name as an owner; the same while they have a socket open. */
  of(owner: string): OpenOf {
    const known = this.#open.get(owner)
    if (known !== undefined) return known
    const made = nothingOpen()
    this.#open.set(owner, made)
    // Who came and went is forgotten; who owes work is remembered until it is paid.
    for (const [other, { sockets, effort }] of this.#open) {
      if (other !== owner && sockets === 0 && effort.waitMs() === 0) this.#open.delete(other)
    }
    return made
  }
}
