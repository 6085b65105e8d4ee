/**
 * A USB device at a client's end: as much of the usbredir protocol (version 0.7) as a kernel needs to list a device that has a name and no
 * endpoints. For tests.
 */

import type { Duplex } from 'node:stream'

const packet = {
  hello: 0,
  deviceConnect: 1,
  interfaceInfo: 4,
  endpointInfo: 5,
  setConfiguration: 6,
  configurationStatus: 8,
  control: 100,
} as const

/** Type, length, and an id of 64 bits; a hello has one of 32. */
const headerBytes = 16
const helloHeaderBytes = 12
const helloBytes = 64
/** What QEMU asks of a peer for xHCI: version of the device, packet sizes of end points, ids of 64 and lengths of 32 bits. */
const capabilities = (1 << 1) | (1 << 4) | (1 << 5) | (1 << 6)
const fullSpeed = 1
const slots = 32
const invalidEndpoint = 255
const vendorSpecific = 0xff
const stall = 4
const getDescriptor = 6

/** Plugs the device in: answers on the stream until it ends. */
export function plugDevice(stream: Duplex, { vendor, product, name }: UsbDevice): void {
  const device = [18, 1, 0, 2, vendorSpecific, 0, 0, 64, ...word(vendor), ...word(product), 0, 1, 0, 1, 0, 1]
  const configuration = [9, 2, 18, 0, 1, 1, 0, 0x80, 50, 9, 4, 0, 0, 0, vendorSpecific, 0, 0, 0]
  const text = [...Buffer.from(name, 'utf16le')]
  const descriptors = new Map([
    [0x0100, device],
    [0x0200, configuration],
    // The languages, then the name.
    [0x0300, [4, 3, 9, 4]],
    [0x0301, [text.length + 2, 3, ...text]],
  ])
  const send = (type: number, id: bigint, body: number[]): void => {
    const header = Buffer.alloc(type === packet.hello ? helloHeaderBytes : headerBytes)
    header.writeUInt32LE(type, 0)
    header.writeUInt32LE(body.length, 4)
    if (type !== packet.hello) header.writeBigUInt64LE(id, 8)
    stream.write(Buffer.concat([header, Buffer.from(body)]))
  }

  function onControl(id: bigint, body: Buffer): void {
    const request = body[1]
    const wanted = body.readUInt16LE(8)
    const found = request === getDescriptor ? descriptors.get(body.readUInt16LE(4)) : undefined
    const data = (found ?? []).slice(0, wanted)
    const answer = [...body.subarray(0, 10)]
    answer[3] = found === undefined ? stall : 0
    answer.splice(8, 2, ...word(data.length))
    send(packet.control, id, [...answer, ...data])
  }

  send(packet.hello, 0n, [...Buffer.from('berth test device'.padEnd(helloBytes, '\0')), capabilities, 0, 0, 0])
  // One interface of the vendor's own class.
  const column = (first: number): number[] => [first, ...Array<number>(slots - 1).fill(0)]
  send(packet.interfaceInfo, 0n, [1, 0, 0, 0, ...column(0), ...column(vendorSpecific), ...column(0), ...column(0)])
  const types = Array.from({ length: slots }, (_, index) => (index % 16 === 0 ? 0 : invalidEndpoint))
  const sizes = Array.from({ length: slots }, () => word(64)).flat()
  send(packet.endpointInfo, 0n, [...types, ...column(0), ...column(0), ...sizes])
  send(packet.deviceConnect, 0n, [fullSpeed, vendorSpecific, 0, 0, ...word(vendor), ...word(product), 0, 1])

  let pending = Buffer.alloc(0)
  stream.on('data', (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk])
    while (pending.length >= headerBytes) {
      const type = pending.readUInt32LE(0)
      const start = type === packet.hello ? helloHeaderBytes : headerBytes
      const end = start + pending.readUInt32LE(4)
      if (pending.length < end) return
      const id = pending.readBigUInt64LE(8)
      const body = pending.subarray(start, end)
      pending = pending.subarray(end)
      if (type === packet.control) onControl(id, body)
      else if (type === packet.setConfiguration) send(packet.configurationStatus, id, [0, body[0] ?? 0])
    }
  })
}

export interface UsbDevice {
  vendor: number
  product: number
  name: string
}

function word(value: number): number[] {
  return [value & 255, value >> 8]
}
