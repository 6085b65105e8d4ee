/** System use entries (SUSP 1.12, RRIP 1.12) that give Linux the true names, modes and owners. */

import { both32 } from './fields.ts'

/** A name is cut here and continued in another entry: one entry holds at most 250 bytes, a whole directory record 255. */
const maxNamePart = 100

export interface SystemUse {
  /** In the directory record itself. */
  inline: Buffer
  /** In the continuation area, which `inline` must point to with `continuationEntry`. */
  continued: Buffer
}

/** Marks the root directory's first record as following SUSP and RRIP. */
export function rootMarkers(): Buffer {
  const susp = entry('SP', Buffer.from([0xbe, 0xef, 0]))
  const id = Buffer.from('RRIP_1991A')
  const extension = entry('ER', Buffer.concat([Buffer.from([id.length, 0, 0, 1]), id]))
  return Buffer.concat([susp, extension])
}

/** POSIX attributes: all owned by root, readable by all. */
export function posixEntry(kind: 'directory' | 'file'): Buffer {
  const mode = kind === 'directory' ? 0o040555 : 0o100444
  const links = kind === 'directory' ? 2 : 1
  return entry('PX', Buffer.concat([both32(mode), both32(links), both32(0), both32(0)]))
}

/** What a child's record says: its attributes and its name, the part of a long name beyond the first in `continued`. */
export function childEntries(kind: 'directory' | 'file', name: string): SystemUse {
  const bytes = Buffer.from(name)
  if (bytes.length <= maxNamePart) {
    return { inline: Buffer.concat([posixEntry(kind), nameEntry(bytes, false)]), continued: Buffer.alloc(0) }
  }
  return {
    inline: Buffer.concat([posixEntry(kind), nameEntry(bytes.subarray(0, maxNamePart), true)]),
    continued: nameEntry(bytes.subarray(maxNamePart), false),
  }
}

/** Points to more entries: `length` bytes at `offset` of sector `sector`. */
export function continuationEntry(sector: number, offset: number, length: number): Buffer {
  return entry('CE', Buffer.concat([both32(sector), both32(offset), both32(length)]))
}

function nameEntry(part: Buffer, continues: boolean): Buffer {
  return entry('NM', Buffer.concat([Buffer.from([continues ? 1 : 0]), part]))
}

function entry(signature: string, data: Buffer): Buffer {
  return Buffer.concat([Buffer.from(signature, 'latin1'), Buffer.from([data.length + 4, 1]), data])
}
