import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeLines } from './watch-decoder.ts'

async function* chunked(bytes: Buffer, cuts: number[]): AsyncGenerator<Uint8Array> {
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b)
  let start = 0
  for (const place of [...places, bytes.length]) {
    yield bytes.subarray(start, place)
    start = place
  }
}

async function decode(text: string, cuts: number[] = [], maxLineBytes?: number): Promise<unknown[]> {
  const values: unknown[] = []
  const options = maxLineBytes === undefined ? {} : { maxLineBytes }
  for await (const value of decodeLines(chunked(Buffer.from(text), cuts), options)) values.push(value)
  return values
}

describe('decodeLines', () => {
  it('gives the same values however the bytes are cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.dictionary(fc.string(), fc.string({ unit: 'grapheme' }))),
        fc.array(fc.nat()),
        fc.boolean(),
        async (values, cuts, lastNewline) => {
          const text = values.map((value) => JSON.stringify(value)).join('\n') + (lastNewline ? '\n' : '')
          expect(await decode(text, cuts)).toEqual(values)
        },
      ),
    )
  })

  it('skips empty lines', async () => {
    expect(await decode('\n{}\r\n\n[1]\n')).toEqual([{}, [1]])
  })

  it.each([
    ['{"a":1}\n{"b"', 'ended in the middle of a line'],
    ['{"a":1}\nnonsense\n', 'not JSON'],
  ])('refuses %j', async (text, message) => {
    await expect(decode(text)).rejects.toThrow(message)
  })

  it('refuses a line past the limit, in one chunk or many', async () => {
    const text = `"${'x'.repeat(100)}"\n`
    await expect(decode(text, [], 101)).rejects.toThrow('longer than 101 bytes')
    await expect(decode(text, [10, 50, 90], 101)).rejects.toThrow('longer than 101 bytes')
    expect(await decode(text, [10, 50, 90], 102)).toHaveLength(1)
  })
})
