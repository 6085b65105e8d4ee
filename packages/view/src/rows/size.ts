/** Sizes out of objects of any server: what cannot be read is not there. */

import { MetaError, quantityToBytes, quantityToNumber } from '@berth/meta'

/** Machines share few sizes: `4Gi` is read once. Forgotten when there are this many, so that hostile objects fill no memory. */
const maxKnown = 1000

function remembering(read: (text: string) => number): (text: unknown) => number | undefined {
  const known = new Map<string, number | undefined>()
  return (text) => {
    if (typeof text === 'number') return Number.isFinite(text) ? text : undefined
    if (typeof text !== 'string' || text.length > 64) return undefined
    if (known.has(text)) return known.get(text)
    let value: number | undefined
    try {
      value = read(text)
    } catch (error) {
      if (!(error instanceof MetaError)) throw error
    }
    if (known.size >= maxKnown) known.clear()
    known.set(text, value)
    return value
  }
}

/** Bytes of a quantity; undefined when it is none. */
export const bytesOf: (text: unknown) => number | undefined = remembering(quantityToBytes)
/** Processors of a quantity (`500m` is 0.5); undefined when it is none. */
export const coresOf: (text: unknown) => number | undefined = remembering(quantityToNumber)
