import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MetaError } from './errors.ts'
import {
  addQuantities,
  canonicalQuantity,
  compareQuantities,
  formatQuantity,
  parseQuantity,
  quantityFromBytes,
  quantityToBytes,
  quantityToMillis,
  quantityToNumber,
  subtractQuantities,
  type Quantity,
} from './quantity.ts'

describe('canonical form', () => {
  it.each([
    ['0', '0'],
    ['0Gi', '0'],
    ['-0', '0'],
    ['1024Mi', '1Gi'],
    ['1Gi', '1Gi'],
    ['1.5Gi', '1536Mi'],
    ['1000Ki', '1000Ki'],
    ['1023Ki', '1023Ki'],
    ['512', '512'],
    ['1Ki', '1Ki'],
    ['0.5Ki', '512'],
    ['0.5Mi', '512Ki'],
    ['0.0001Ki', '102400u'],
    ['0.5', '500m'],
    ['1.', '1'],
    ['.5', '500m'],
    ['+5', '5'],
    ['-1.5', '-1500m'],
    ['1000m', '1'],
    ['1500m', '1500m'],
    ['1000', '1k'],
    ['1500', '1500'],
    ['1000000', '1M'],
    ['12e6', '12e6'],
    ['1e3', '1e3'],
    ['1E3', '1e3'],
    ['1E', '1E'],
    ['12000e3', '12e6'],
    ['1e-3', '1e-3'],
    ['5e0', '5'],
    ['1n', '1n'],
    ['0.1n', '1n'],
    ['1.0000000001', '1000000001n'],
    ['9223372036854775807', '9223372036854775807'],
    ['9223372036854775808', '9223372036854775808'],
    ['5867260P', '5867260P'],
    ['1000E', '1000E'],
    ['1e100', '10e99'],
    ['1e-100', '1e-9'],
    ['0e100', '0'],
    ['8Ei', '9223372036854775807'],
    ['-8Ei', '-9223372036854775807'],
  ])('%s prints as %s', (text, expected) => {
    expect(canonicalQuantity(text)).toBe(expected)
  })

  it.each([
    [2, '2'],
    [0.5, '500m'],
    [1e21, '1000E'],
  ])('takes the JSON number %d', (number, expected) => {
    const quantity = parseQuantity(number)
    expect(formatQuantity({ ...quantity, format: 'DecimalSI' })).toBe(expected)
  })

  it.each([
    ['', 'quantities must match'],
    ['1 Gi', 'quantities must match'],
    [' 1', 'quantities must match'],
    ['1.2.3', 'quantities must match'],
    ['--1', 'suffix'],
    ['abc', 'quantities must match'],
    ['.', 'quantities must match'],
    ['1GiB', 'quantities must match'],
    ['1gi', 'quantities must match'],
    ['1e', 'suffix'],
    ['1K', 'suffix'],
    ['1Gi5', 'suffix'],
    ['1constructor', 'quantities must match'],
    ['1e101', 'suffix'],
    ['1E+', 'suffix'],
    ['i', 'suffix'],
    ['Mi', 'quantities must match'],
    ['9'.repeat(200), 'quantities must match'],
  ])('refuses %j', (text, words) => {
    expect(() => parseQuantity(text)).toThrow(MetaError)
    expect(() => parseQuantity(text)).toThrow(words)
  })
})

describe('arithmetic', () => {
  it.each([
    ['1', '1000m', 0],
    ['1Gi', '1G', 1],
    ['999m', '1', -1],
    ['-1', '0', -1],
    ['1e3', '1k', 0],
  ])('%s against %s is %i', (left, right, expected) => {
    expect(compareQuantities(left, right)).toBe(expected)
  })

  it('keeps the family of the left side', () => {
    expect(formatQuantity(addQuantities('1Gi', '1024Mi'))).toBe('2Gi')
    expect(formatQuantity(addQuantities('1G', '1Gi'))).toBe('2073741824')
    expect(formatQuantity(addQuantities('0', '1Gi'))).toBe('1Gi')
    expect(formatQuantity(subtractQuantities('2Gi', '1Gi'))).toBe('1Gi')
    expect(formatQuantity(subtractQuantities('1', '1500m'))).toBe('-500m')
  })

  it('rounds whole units away from zero', () => {
    expect(quantityToBytes('1.5')).toBe(2)
    expect(quantityToBytes('-1.5')).toBe(-2)
    expect(quantityToBytes('1Gi')).toBe(1_073_741_824)
    expect(quantityToMillis('0.0001')).toBe(1)
    expect(quantityToMillis('2')).toBe(2000)
    expect(quantityToNumber('1500m')).toBe(1.5)
  })

  it('prints bytes with binary suffixes', () => {
    expect(formatQuantity(quantityFromBytes(1_073_741_824))).toBe('1Gi')
    expect(formatQuantity(quantityFromBytes(1000))).toBe('1k')
    expect(formatQuantity(quantityFromBytes(2n ** 50n))).toBe('1Pi')
  })
})

describe('properties', () => {
  const quantity: fc.Arbitrary<Quantity> = fc.record({
    nanos: fc.bigInt({ min: -(10n ** 27n), max: 10n ** 27n }),
    format: fc.constantFrom('BinarySI', 'DecimalSI', 'DecimalExponent'),
  })

  it('reads back the value it prints', () => {
    fc.assert(
      fc.property(quantity, (each) => {
        expect(parseQuantity(formatQuantity(each)).nanos).toBe(each.nanos)
      }),
    )
  })

  it('has one canonical form per text', () => {
    fc.assert(
      fc.property(quantity, (each) => {
        const text = formatQuantity(each)
        expect(canonicalQuantity(text)).toBe(text)
      }),
    )
  })

  it('orders transitively', () => {
    fc.assert(
      fc.property(quantity, quantity, quantity, (a, b, c) => {
        const [low = a, middle = a, high = a] = [a, b, c].sort(compareQuantities)
        expect(compareQuantities(low, middle)).toBeLessThanOrEqual(0)
        expect(compareQuantities(middle, high)).toBeLessThanOrEqual(0)
        expect(compareQuantities(low, high)).toBeLessThanOrEqual(0)
      }),
    )
  })

  it('never throws anything but a typed error', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...Array.from('0123456789.+-eEinumkKMGTP ')) }), (text) => {
        try {
          parseQuantity(text)
        } catch (error) {
          expect(error).toBeInstanceOf(MetaError)
        }
      }),
    )
  })
})
