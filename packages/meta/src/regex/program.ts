/** A tree as a program of small steps (Thompson's construction), which `match.ts` runs on all alternatives at once. */

import { MetaError } from '../errors.ts'
import type { Assertion, Tree } from './tree.ts'

export type Step =
  | { kind: 'set'; has: (point: number) => boolean; next: number }
  /** Goes on at both places; a match by way of `next` is preferred. */
  | { kind: 'split'; next: number; other: number }
  | { kind: 'assert'; assertion: Assertion; next: number }
  | { kind: 'match' }

export interface Program {
  readonly steps: readonly Step[]
  readonly start: number
}

/** Counted repetitions are written out; more than this is a pattern nobody means. */
const maxSteps = 20_000

/** @throws {MetaError} InvalidPattern when it is too large */
export function programOf(tree: Tree): Program {
  const steps: Step[] = [{ kind: 'match' }]
  const add = (step: Step): number => {
    if (steps.length >= maxSteps) {
      throw new MetaError('InvalidPattern', 'error parsing regexp: expression too large', {
        remedy: 'Use smaller counts in braces.',
      })
    }
    return steps.push(step) - 1
  }
  /** Where a piece begins that goes on at `next`; built from the end, so that every step knows where it leads. */
  const emit = (piece: Tree, next: number): number => {
    switch (piece.kind) {
      case 'empty':
        return next
      case 'set':
        return add({ kind: 'set', has: piece.has, next })
      case 'assert':
        return add({ kind: 'assert', assertion: piece.assertion, next })
      case 'sequence':
        return piece.parts.reduceRight((after, part) => emit(part, after), next)
      case 'choice':
        return piece.parts
          .map((part) => emit(part, next))
          .reduceRight((other, first) => add({ kind: 'split', next: first, other }))
      case 'repeat':
        return emitRepeat(piece, next)
    }
  }
  const emitRepeat = ({ of, min, max, greedy }: Extract<Tree, { kind: 'repeat' }>, next: number): number => {
    const either = (more: number): Step =>
      greedy ? { kind: 'split', next: more, other: next } : { kind: 'split', next, other: more }
    let at = next
    if (max === undefined) {
      const loop: Extract<Step, { kind: 'split' }> = { kind: 'split', next, other: next }
      at = add(loop)
      const body = emit(of, at)
      if (greedy) loop.next = body
      else loop.other = body
    } else for (let count = min; count < max; count += 1) at = add(either(emit(of, at)))
    for (let count = 0; count < min; count += 1) at = emit(of, at)
    return at
  }
  const start = emit(tree, 0)
  return { steps, start }
}
