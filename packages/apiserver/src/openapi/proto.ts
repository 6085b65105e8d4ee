/** The few wire rules of protocol buffers that writing needs (protobuf.dev, "Encoding"). */

/** Collects the fields of one message. Values equal to the type's zero are left out, as proto3 does. */
export class ProtoWriter {
  readonly #parts: Buffer[] = []

  string(field: number, value: string | undefined): void {
    if (value !== undefined && value !== '') this.bytes(field, Buffer.from(value))
  }

  /** Repeated fields and oneof members keep empty values: their presence has meaning. */
  bytes(field: number, value: Buffer): void {
    this.#parts.push(varint(field * 8 + 2), varint(value.length), value)
  }

  integer(field: number, value: number | undefined): void {
    if (value !== undefined && value !== 0) this.#parts.push(varint(field * 8), varint(value))
  }

  bool(field: number, value: boolean | undefined): void {
    if (value === true) this.#parts.push(varint(field * 8), varint(1))
  }

  double(field: number, value: number | undefined): void {
    if (value === undefined || value === 0) return
    const number = Buffer.alloc(8)
    number.writeDoubleLE(value)
    this.#parts.push(varint(field * 8 + 1), number)
  }

  finish(): Buffer {
    return Buffer.concat(this.#parts)
  }
}

/** @param value a whole number; negative ones take ten bytes */
function varint(value: number): Buffer {
  if (value >= 0 && value < 128) return Buffer.from([value])
  const bytes: number[] = []
  let rest = BigInt.asUintN(64, BigInt(value))
  while (rest > 127n) {
    bytes.push(Number(rest & 127n) | 128)
    rest >>= 7n
  }
  bytes.push(Number(rest))
  return Buffer.from(bytes)
}
