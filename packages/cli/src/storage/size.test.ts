import { describe, expect, it } from 'vitest'
import { CliError } from '../failure.ts'
import { bytesOf, grownSize } from './size.ts'

const GiB = 1024 ** 3

describe('sizes', () => {
  it.each([
    ['20Gi', 20 * GiB],
    ['1.5Gi', 1.5 * GiB],
    ['20G', 20e9],
    ['1Mi', 1024 ** 2],
  ])('%s', (text, bytes) => expect(bytesOf(text)).toBe(bytes))

  it.each([
    ['20GB', '"20GB" is no size', '20Gi'],
    ['20 MB', '"20 MB" is no size', '20Mi'],
    ['10gib', '"10gib" is no size', '10Gi'],
    ['20', '"20" is 20 bytes, which is too little for a disk', '20Gi'],
    ['20k', '"20k" is 20000 bytes, which is too little for a disk', '20Ki'],
    ['ten', '"ten" is no size', '20Gi'],
    ['-5Gi', '"-5Gi" is -5368709120 bytes, which is too little for a disk', '20Gi'],
    ['0', '"0" is 0 bytes, which is too little for a disk', '20Gi'],
  ])('%s is refused with what was meant', (text, message, meant) => {
    expect(() => bytesOf(text)).toThrow(new CliError('Usage', message, { remedy: `Write it like ${meant}.` }))
    try {
      bytesOf(text)
    } catch (error) {
      expect(error).toMatchObject({ remedy: `Write it like ${meant}.` })
    }
  })

  it('grow to what is said, or by it', () => {
    expect(grownSize('40Gi', 20 * GiB)).toBe('40Gi')
    expect(grownSize('+20Gi', 20 * GiB)).toBe('40Gi')
    expect(() => grownSize('+20', GiB)).toThrow('20 bytes')
  })
})
