import { assert, nat, property, record, uint8Array } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { applyMask, websocketMasking } from './masking.ts'

const mask = uint8Array({ minLength: 4, maxLength: 4 })
const bytes = record({ all: uint8Array({ maxLength: 300 }), from: nat(9) })

/** Bytes that begin anywhere in memory. */
function placed({ all, from }: { all: Uint8Array; from: number }): Uint8Array {
  return Uint8Array.from(all).subarray(Math.min(from, all.length))
}

function byByte(source: Uint8Array, key: Uint8Array): Uint8Array {
  return source.map((byte, index) => byte ^ (key[index % 4] ?? 0))
}

describe('masking', () => {
  it('mixes each byte with the mask, wherever in memory they are', () => {
    assert(
      property(bytes, mask, (given, key) => {
        const source = placed(given)
        const expected = byByte(source, key)
        applyMask(source, key)
        expect(source).toEqual(expected)
      }),
    )
  })

  it('writes into a part of another buffer, and leaves the rest and the source alone', () => {
    assert(
      property(bytes, mask, nat(20), (given, key, offset) => {
        const source = placed(given)
        const before = Uint8Array.from(source)
        const output = new Uint8Array(offset + source.length + 5)
        websocketMasking.websocketMask(source, key, output, offset, source.length)
        expect(output).toEqual(Uint8Array.from([...new Uint8Array(offset), ...byByte(before, key), 0, 0, 0, 0, 0]))
        expect(source).toEqual(before)
      }),
    )
  })
})
