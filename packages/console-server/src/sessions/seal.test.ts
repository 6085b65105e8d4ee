import { expect, it } from 'vitest'
import { seal, unseal } from './seal.ts'

it('gives back what was sealed to who has the id, and to nobody else', () => {
  const sealed = seal('token', 'session-1')
  expect(unseal(sealed, 'session-1')).toBe('token')
  expect(unseal(sealed, 'session-2')).toBeUndefined()
  expect(seal('token', 'session-1')).not.toBe(sealed)
  const bytes = Buffer.from(sealed, 'base64')
  for (let at = 0; at < bytes.length; at++) {
    const changed = Buffer.from(bytes)
    changed[at] = (changed[at] ?? 0) ^ 1
    expect(unseal(changed.toString('base64'), 'session-1')).toBeUndefined()
  }
  for (const nonsense of ['', 'x', 'AAAA']) expect(unseal(nonsense, 'session-1')).toBeUndefined()
})
