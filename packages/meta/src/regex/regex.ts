/** A regular expression in RE2's syntax that never takes longer than its text is long, whoever wrote it. */

import { Matcher } from './match.ts'
import { parsePattern } from './parse.ts'
import { programOf, type Program } from './program.ts'
import { search, searchAll, type Found } from './search.ts'

export type { Found } from './search.ts'

export class SafeRegex {
  readonly #program: Program
  readonly #matcher: Matcher

  /** @throws {MetaError} InvalidPattern, in the words of Go's regexp */
  constructor(pattern: string) {
    this.#program = programOf(parsePattern(pattern))
    this.#matcher = new Matcher(this.#program)
  }

  /** Steps of the program the pattern became: what making it took, and what it and its memory of texts hold. */
  get size(): number {
    return this.#matcher.size
  }

  /** Whether the pattern matches anywhere in the text; `spend` is told of the steps and may throw. */
  test(text: string, spend?: (steps: number) => void): boolean {
    return this.#matcher.test(text, spend)
  }

  /** The first match, as Go's FindString would choose it. */
  find(text: string, spend?: (steps: number) => void): Found | undefined {
    return search(this.#program, text, spend === undefined ? {} : { spend })
  }

  /** All matches that do not overlap, at most `limit`. */
  findAll(text: string, options: { limit?: number; spend?: (steps: number) => void } = {}): Found[] {
    return searchAll(this.#program, text, options)
  }
}
