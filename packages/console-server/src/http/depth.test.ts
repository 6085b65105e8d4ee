import { expect, it } from 'vitest'
import { checkDepth } from './depth.ts'

const nested = (depth: number): unknown => JSON.parse(`${'[{"a":'.repeat(depth)}1${'}]'.repeat(depth)}`)

it.each([
  undefined,
  null,
  'text',
  1,
  Buffer.alloc(1000),
  {},
  [],
  nested(100),
  Array.from({ length: 10_000 }, () => ({ a: 1 })),
])('lets a body of few levels pass (%#)', (body) => expect(() => checkDepth(body)).not.toThrow())

it.each([101, 10_000])('refuses one of twice %i levels', (depth) =>
  expect(() => checkDepth(nested(depth))).toThrow(expect.objectContaining({ code: 'BadRequest' })),
)
