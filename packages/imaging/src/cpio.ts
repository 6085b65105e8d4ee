/** Writer of cpio archives in the "newc" form (Linux: Documentation/driver-api/early-userspace/buffer-format.rst). */

export type CpioEntry =
  | { kind: 'directory'; path: string; mode?: number }
  | { kind: 'file'; path: string; content: Uint8Array | string; mode?: number }
  | { kind: 'symlink'; path: string; target: string }
  | { kind: 'character'; path: string; major: number; minor: number; mode?: number }

const typeBits = { directory: 0o040000, file: 0o100000, symlink: 0o120000, character: 0o020000 } as const
const defaultMode = { directory: 0o755, file: 0o644, symlink: 0o777, character: 0o600 } as const

/**
 * The archive's bytes, the same for the same entries: owner 0, time 0, inode numbers counted up.
 * Entries are written in the order given; parents must come before children.
 */
export function writeCpio(entries: readonly CpioEntry[]): Buffer {
  const parts: Buffer[] = []
  entries.forEach((entry, index) => parts.push(...record(entry, index + 1)))
  parts.push(...recordBytes({ inode: 0, mode: 0, links: 1, name: 'TRAILER!!!', data: Buffer.alloc(0) }))
  const archive = Buffer.concat(parts)
  return Buffer.concat([archive, Buffer.alloc(padding(archive.length, 512))])
}

function record(entry: CpioEntry, inode: number): Buffer[] {
  const permissions = ('mode' in entry ? entry.mode : undefined) ?? defaultMode[entry.kind]
  return recordBytes({
    inode,
    mode: typeBits[entry.kind] | permissions,
    links: entry.kind === 'directory' ? 2 : 1,
    name: entry.path,
    data: dataOf(entry),
    device: entry.kind === 'character' ? entry : undefined,
  })
}

function dataOf(entry: CpioEntry): Buffer {
  if (entry.kind === 'symlink') return Buffer.from(entry.target)
  if (entry.kind === 'file') return Buffer.from(entry.content)
  return Buffer.alloc(0)
}

interface RawRecord {
  inode: number
  mode: number
  links: number
  name: string
  data: Buffer
  device?: { major: number; minor: number }
}

function recordBytes({ inode, mode, links, name, data, device }: RawRecord): Buffer[] {
  const nameBytes = Buffer.from(`${name}\0`)
  const fields = [
    inode,
    mode,
    0, // uid
    0, // gid
    links,
    0, // mtime
    data.length,
    0, // device the file is on: major
    0, // and minor
    device?.major ?? 0,
    device?.minor ?? 0,
    nameBytes.length,
    0, // checksum, used only by the "crc" form
  ]
  const header = Buffer.from(`070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}`)
  return [
    header,
    nameBytes,
    Buffer.alloc(padding(header.length + nameBytes.length, 4)),
    data,
    Buffer.alloc(padding(data.length, 4)),
  ]
}

function padding(length: number, unit: number): number {
  return (unit - (length % unit)) % unit
}
