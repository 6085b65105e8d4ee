/** What a regular expression says, as a tree; made by `parse.ts`, compiled by `program.ts`. */

/** Inclusive ranges of code points. */
export type Ranges = readonly (readonly [number, number])[]

export type Assertion = 'textStart' | 'textEnd' | 'lineStart' | 'lineEnd' | 'boundary' | 'noBoundary'

export type Tree =
  | { kind: 'empty' }
  /** One character of a set. */
  | { kind: 'set'; has: (point: number) => boolean }
  | { kind: 'assert'; assertion: Assertion }
  | { kind: 'sequence'; parts: Tree[] }
  | { kind: 'choice'; parts: Tree[] }
  /** `max` undefined repeats without end. A greedy one prefers more to fewer, which only counts for where a match ends. */
  | { kind: 'repeat'; of: Tree; min: number; max: number | undefined; greedy: boolean }
