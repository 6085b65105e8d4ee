import { expect, it } from 'vitest'
import { canonicalise } from './canonicalise.ts'

const quantity = { type: 'string', format: 'quantity' } as const
const schema = {
  type: 'object',
  properties: {
    size: quantity,
    requests: { type: 'object', additionalProperties: quantity },
    list: { type: 'array', items: { ref: 'Quantity' } },
    text: { type: 'string' },
  },
} as const

it('prints quantities in their canonical form, wherever the schema has them', () => {
  const object = {
    size: 2,
    requests: { memory: '1024Mi', cpu: ' 0.5 ', bad: 'x', none: null },
    list: ['1000m', '1Gi'],
    text: '1024Mi',
    unknown: '1024Mi',
  }
  canonicalise(object, schema, { Quantity: quantity })
  expect(object).toEqual({
    size: '2',
    requests: { memory: '1Gi', cpu: '500m', bad: 'x', none: null },
    list: ['1', '1Gi'],
    text: '1024Mi',
    unknown: '1024Mi',
  })
})
