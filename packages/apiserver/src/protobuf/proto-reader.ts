/** The few wire rules of protocol buffers that reading needs (protobuf.dev, "Encoding"). Input is hostile: all lengths are checked. */

/** One field as it lies in the message; what it means only its number and type say. */
export interface WireField {
  number: number
  /** Varint and fixed-width fields. */
  integer: bigint
  /** Length-delimited fields; undefined for the others. */
  bytes: Buffer | undefined
}

export class WireError extends Error {}

/** @throws {WireError} when the bytes are not a message */
export function* readFields(bytes: Buffer): Generator<WireField> {
  let at = 0

  function varint(): bigint {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = bytes[at]
      if (byte === undefined) throw new WireError('it ends in the middle of a number')
      at += 1
      value |= BigInt(byte & 127) << shift
      if (byte < 128) return BigInt.asUintN(64, value)
    }
    throw new WireError('a number is longer than ten bytes')
  }

  function take(length: number): Buffer {
    if (length > bytes.length - at) throw new WireError('it ends in the middle of a field')
    at += length
    return bytes.subarray(at - length, at)
  }

  while (at < bytes.length) {
    const tag = Number(varint())
    const number = Math.floor(tag / 8)
    if (number < 1) throw new WireError('a field has the number 0')
    switch (tag % 8) {
      case 0:
        yield { number, integer: varint(), bytes: undefined }
        break
      case 1:
        yield { number, integer: take(8).readBigUInt64LE(), bytes: undefined }
        break
      case 2: {
        const length = varint()
        yield { number, integer: 0n, bytes: take(length > BigInt(bytes.length) ? Infinity : Number(length)) }
        break
      }
      case 5:
        yield { number, integer: BigInt(take(4).readUInt32LE()), bytes: undefined }
        break
      default:
        throw new WireError(`field ${number} has a wire type that is not in use`)
    }
  }
}
