/** For tests: reads an ISO image back, through its Rock Ridge or its Joliet names. Written from the standards, not from the writer. */

const sector = 2048

export interface ReadIso {
  label: string
  files: Map<string, Buffer>
}

export function readIso(image: Buffer, names: 'rock-ridge' | 'joliet'): ReadIso {
  const descriptor = image.subarray((names === 'joliet' ? 17 : 16) * sector)
  const type = descriptor[0]
  if (type !== (names === 'joliet' ? 2 : 1) || descriptor.toString('latin1', 1, 6) !== 'CD001')
    throw new Error('descriptor')
  if (descriptor.readUInt32LE(80) * sector !== image.length) throw new Error('size')
  const label = text(descriptor.subarray(40, 72), names).trimEnd()
  const files = new Map<string, Buffer>()
  walk(image, descriptor.readUInt32LE(156 + 2), '', names, files)
  return { label, files }
}

function walk(
  image: Buffer,
  start: number,
  path: string,
  names: 'rock-ridge' | 'joliet',
  files: Map<string, Buffer>,
): void {
  const own = image.subarray(start * sector)
  const size = own.readUInt32LE(10)
  const directory = image.subarray(start * sector, start * sector + size)
  for (let at = 0, index = 0; at < size; index++) {
    const length = directory[at] ?? 0
    if (length === 0) {
      at = (Math.floor(at / sector) + 1) * sector
      continue
    }
    const record = directory.subarray(at, at + length)
    at += length
    if (index < 2) continue
    const idLength = record[32] ?? 0
    const id = record.subarray(33, 33 + idLength)
    const use = record.subarray(33 + idLength + ((idLength + 1) % 2))
    const name = names === 'joliet' ? text(id, names) : rockRidgeName(image, use)
    const full = path === '' ? name : `${path}/${name}`
    const extent = record.readUInt32LE(2)
    if (extent !== record.readUInt32BE(6)) throw new Error('both-endian')
    if (((record[25] ?? 0) & 2) !== 0) walk(image, extent, full, names, files)
    else files.set(full, image.subarray(extent * sector, extent * sector + record.readUInt32LE(10)))
  }
}

function rockRidgeName(image: Buffer, area: Buffer): string {
  const parts: Buffer[] = []
  for (let at = 0; at + 4 <= area.length;) {
    const signature = area.toString('latin1', at, at + 2)
    const length = area[at + 2] ?? 0
    if (length < 4) break
    if (signature === 'NM') parts.push(area.subarray(at + 5, at + length))
    if (signature === 'CE') {
      const from = area.readUInt32LE(at + 4) * sector + area.readUInt32LE(at + 12)
      const rest = rockRidgeName(image, image.subarray(from, from + area.readUInt32LE(at + 20)))
      parts.push(Buffer.from(rest))
    }
    at += length
  }
  return Buffer.concat(parts).toString()
}

function text(bytes: Buffer, names: 'rock-ridge' | 'joliet'): string {
  return names === 'joliet' ? Buffer.from(bytes).swap16().toString('utf16le') : bytes.toString('latin1')
}
