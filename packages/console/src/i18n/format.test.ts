import { describe, expect, it } from 'vitest'
import { makeFormat } from './format.ts'

const format = makeFormat('en')

describe('what people read', () => {
  it.each<[number, string]>([
    [0, '0 B'],
    [1023, '1,023 B'],
    [1536, '1.5 KiB'],
    [8 * 1024 ** 3, '8 GiB'],
    [64 * 1024 ** 2, '64 MiB'],
  ])('%d bytes', (bytes, text) => {
    expect(format.bytes(bytes)).toBe(text)
  })

  it.each<[number, string]>([
    [120, '< 1 sec'],
    [5000, '5 sec'],
    [65_000, '1 min 5 sec'],
    [7_500_000, '2 hr 5 min'],
    [2 * 86_400_000, '2 days'],
  ])('%d ms', (ms, text) => {
    expect(format.duration(ms)).toBe(text)
  })

  it('times are counted from now, and each language has its own', () => {
    expect(format.relative(1000, 1500)).toBe('now')
    expect(format.relative(0, 300_000)).toBe('5 min. ago')
    expect(makeFormat('de').bytes(1536)).toBe('1,5 KiB')
  })
})
