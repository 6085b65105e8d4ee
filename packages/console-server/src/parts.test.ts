import { silentLogger } from '@berth/base'
import { expect, it } from 'vitest'
import { createParts, type Part } from './parts.ts'

const base = {
  clusters: [],
  clock: { now: () => new Date(0), after: () => () => {} },
  logger: silentLogger,
  dataDirectory: '',
}

it('makes a part once, and closes the last first', async () => {
  const told: string[] = []
  const inner: Part<{ name: string }> = {
    name: 'inner',
    create: () => ({ name: `inner ${told.push('inner made')}` }),
    close: () => void told.push('inner closed'),
  }
  const outer: Part<{ uses: string }> = {
    name: 'outer',
    create: ({ part }) => ({ uses: part(inner).name }),
    close: () => void told.push('outer closed'),
  }
  const parts = createParts(base)
  expect(parts.part(outer)).toBe(parts.part(outer))
  expect(parts.part(outer).uses).toBe(parts.part(inner).name)
  await parts.close()
  expect(told).toEqual(['inner made', 'outer closed', 'inner closed'])
})

it('says so when parts need each other', () => {
  const one: Part<unknown> = { name: 'one', create: ({ part }) => part(two) }
  const two: Part<unknown> = { name: 'two', create: ({ part }) => part(one) }
  expect(() => createParts(base).part(one)).toThrow('part "one" needs itself')
})
