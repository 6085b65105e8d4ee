/** The few wire rules of protocol buffers that reading needs (protobuf.dev, "Encoding"). Input is hostile: all lengths are checked. */

/** What is wrong with the bytes, to follow "the body of the request cannot be read as protocol buffers: ". */
export class WireError extends Error {}

/** One field as it lies in the message; what it means only its number and type say. */
export type WireField =
  | { number: number; wire: 'varint'; integer: number | bigint }
  | { number: number; wire: 'bytes'; bytes: Buffer }
  | { number: number; wire: 'fixed' }

/** The largest field number the encoding allows. */
const maxNumber = 2 ** 29 - 1

/**
 * The fields of a message, one after the other. Not a generator, as bodies of some megabytes can hold a million fields.
 */
export class ProtoReader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  /**
   * Undefined at the end.
   * @throws {WireError} when the bytes are not a message
   */
  next(): WireField | undefined {
    if (this.#at >= this.#bytes.length) return undefined
    const tag = Number(this.varint())
    const number = Math.floor(tag / 8)
    if (number < 1 || number > maxNumber) throw new WireError('a field has a number that is not allowed')
    switch (tag % 8) {
      case 0:
        return { number, wire: 'varint', integer: this.varint() }
      case 1:
        this.#take(8)
        return { number, wire: 'fixed' }
      case 2:
        return { number, wire: 'bytes', bytes: this.#take(Number(this.varint())) }
      case 5:
        this.#take(4)
        return { number, wire: 'fixed' }
      default:
        throw new WireError(`field ${number} has a wire type that is not in use`)
    }
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length
  }

  /**
   * Unsigned, 64 bits; a number as long as one carries it exactly.
   * @throws {WireError}
   */
  varint(): number | bigint {
    let value = 0
    let factor = 1
    for (let length = 1; length <= 7; length += 1) {
      const byte = this.#byte()
      value += (byte & 127) * factor
      if (byte < 128) return value
      factor *= 128
    }
    // 49 bits so far; the rest does not fit into a number.
    let long = BigInt(value)
    for (let shift = 49n; shift < 70n; shift += 7n) {
      const byte = this.#byte()
      long |= BigInt(byte & 127) << shift
      if (byte < 128) return BigInt.asUintN(64, long)
    }
    throw new WireError('a number is longer than ten bytes')
  }

  #byte(): number {
    const byte = this.#bytes[this.#at]
    if (byte === undefined) throw new WireError('it ends in the middle of a number')
    this.#at += 1
    return byte
  }

  #take(length: number): Buffer {
    if (length > this.#bytes.length - this.#at) throw new WireError('it ends in the middle of a field')
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }
}
