import { describe, expect, it } from 'vitest'
import { chooseCid } from './vsock-cid.ts'

describe('chooseCid', () => {
  it('gives an instance the same address again, and others another', () => {
    expect(chooseCid('a', new Set())).toBe(chooseCid('a', new Set()))
    expect(chooseCid('a', new Set())).not.toBe(chooseCid('b', new Set()))
  })

  it('passes over what is taken', () => {
    const wanted = chooseCid('a', new Set())
    expect(chooseCid('a', new Set([wanted, wanted + 1]))).toBe(wanted + 2)
  })

  it('is never an address that is not a guest’s', () => {
    for (let index = 0; index < 200; index += 1) {
      const cid = chooseCid(String(index), new Set())
      expect(cid).toBeGreaterThanOrEqual(3)
      expect(cid).toBeLessThan(2 ** 32 - 1)
    }
  })
})
