/** Schemas come from clients too: none may keep the server busy or fill its memory. */

import { expect, it } from 'vitest'
import type { Schema } from '../schema.ts'
import { StatusError } from '../status.ts'
import { applyDefaults } from './defaults.ts'
import { validate } from './validate.ts'

const refused = (work: () => unknown): string => {
  try {
    work()
    return 'nothing'
  } catch (error) {
    return error instanceof StatusError ? error.code : 'another error'
  }
}
const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index)

it.each<[string, Schema, unknown]>([
  [
    'alternatives for every item',
    { type: 'integer', anyOf: numbers(5000).map((minimum) => ({ minimum: minimum + 1e9 })) },
    7,
  ],
  ['a long enum for every item', { type: 'integer', enum: numbers(100_000).map((each) => each + 1e9) }, 7],
  ['many required members of every item', { type: 'object', required: numbers(100_000).map(String) }, {}],
  ['a hard pattern for every item', { type: 'string', pattern: '(a|b)*a(a|b){300}c' }, 'ab'.repeat(2000)],
])('%s is stopped', (_, items, item) => {
  const list = Array.from({ length: 20_000 }, () => item) as never
  const started = performance.now()
  const result = refused(() =>
    validate({ x: list }, { type: 'object', properties: { x: { type: 'array', items } } }, {}),
  )
  // Either all causes there is room for were found at once, or the work was refused.
  expect(['RequestEntityTooLarge', 'nothing']).toContain(result)
  expect(performance.now() - started).toBeLessThan(30_000)
})

it('stops defaults that multiply', () => {
  const items: Schema = { type: 'object', properties: { big: { type: 'string', default: 'x'.repeat(100_000) } } }
  const schema: Schema = { type: 'object', properties: { x: { type: 'array', items } } }
  expect(refused(() => applyDefaults({ x: Array.from({ length: 1000 }, () => ({})) }, schema, {}))).toBe(
    'RequestEntityTooLarge',
  )
})
