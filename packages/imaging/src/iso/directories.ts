/** Lays out the directories of one name space (plain or Joliet) and writes their records (ECMA-119 section 9.1). */

import { both16, both32, recordTime, sectorSize, sectorsFor } from './fields.ts'
import type { Naming } from './names.ts'
import { childEntries, continuationEntry, posixEntry, rootMarkers, type SystemUse } from './rock-ridge.ts'
import type { IsoDirectory, IsoFile, IsoNode } from './tree.ts'

interface PlacedDirectory {
  node: IsoDirectory
  /** One zero byte for the root. */
  identifier: Buffer
  /** Index in the list of directories; the root is its own parent. */
  parent: number
  /** Children with their identifiers, in the order the standard asks for. */
  children: { node: IsoNode; identifier: Buffer; systemUse: SystemUse; continuedAt: number }[]
  sectors: number
  /** Known after `place`. */
  sector: number
}

export interface DirectoryLayout {
  directories: readonly PlacedDirectory[]
  /** Directories and the continuation area behind them. */
  sectors: number
  /** Says where the first directory goes; the others follow it. */
  place(sector: number): void
  start(): number
  rootRecord(): Buffer
  /** All sectors of the layout. */
  write(fileSectors: ReadonlyMap<IsoFile, number>): Buffer
}

const self = Buffer.from([0])
const parentName = Buffer.from([1])
const none: SystemUse = { inline: Buffer.alloc(0), continued: Buffer.alloc(0) }

export function layOutDirectories(
  root: IsoDirectory,
  { naming, rockRidge }: { naming: Naming; rockRidge: boolean },
): DirectoryLayout {
  const directories: PlacedDirectory[] = []
  const byNode = new Map<IsoNode, PlacedDirectory>()
  const continuation: Buffer[] = []
  let continuationBytes = 0

  /** Keeps each piece inside one sector, as SUSP asks. @returns its offset in the continuation area */
  const continueAt = (piece: Buffer): number => {
    if (piece.length === 0) return 0
    const left = sectorSize - (continuationBytes % sectorSize)
    const gap = piece.length > left ? left : 0
    continuation.push(Buffer.alloc(gap), piece)
    const offset = continuationBytes + gap
    continuationBytes = offset + piece.length
    return offset
  }

  const add = (node: IsoDirectory, identifier: Buffer, parent: number): void => {
    const identifiers = naming.identifiers(node.children)
    const children = node.children
      .map((child, index) => ({
        node: child,
        identifier: identifiers[index] ?? Buffer.alloc(0),
        systemUse: rockRidge ? childEntries(child.kind, child.name) : none,
      }))
      .toSorted((a, b) => Buffer.compare(a.identifier, b.identifier))
      .map((child) => ({ ...child, continuedAt: continueAt(child.systemUse.continued) }))
    const placed = { node, identifier, parent, children, sectors: 0, sector: 0 }
    directories.push(placed)
    byNode.set(node, placed)
  }

  // Level by level: the path table lists parents before children.
  add(root, self, 0)
  for (let index = 0; index < directories.length; index++) {
    for (const child of directories[index]?.children ?? []) {
      if (child.node.kind === 'directory') add(child.node, child.identifier, index)
    }
  }

  const records = (directory: PlacedDirectory, fileSectors: ReadonlyMap<IsoFile, number>): Buffer[] => {
    const parent = directories[directory.parent] ?? directory
    const posix = rockRidge ? posixEntry('directory') : none.inline
    const markers = rockRidge && directory.node === root ? rootMarkers() : none.inline
    const own = { kind: 'directory', sector: directory.sector, bytes: directory.sectors * sectorSize } as const
    const up = { kind: 'directory', sector: parent.sector, bytes: parent.sectors * sectorSize } as const
    const continuationStart = start + directorySectors
    return [
      // SUSP wants SP first in the first record.
      record({ ...own, identifier: self, systemUse: Buffer.concat([markers, posix]) }),
      record({ ...up, identifier: parentName, systemUse: posix }),
      ...directory.children.map(({ node, identifier, systemUse, continuedAt }) => {
        const { inline, continued } = systemUse
        const pointer =
          continued.length === 0
            ? none.inline
            : continuationEntry(
                continuationStart + Math.floor(continuedAt / sectorSize),
                continuedAt % sectorSize,
                continued.length,
              )
        const placed = node.kind === 'directory' ? byNode.get(node) : undefined
        return record({
          kind: node.kind,
          sector: node.kind === 'file' ? (fileSectors.get(node) ?? 0) : (placed?.sector ?? 0),
          bytes: node.kind === 'file' ? node.content.length : (placed?.sectors ?? 0) * sectorSize,
          identifier,
          systemUse: Buffer.concat([inline, pointer]),
        })
      }),
    ]
  }

  // Sizes do not depend on places, so the first pass over records only measures.
  let start = 0
  let directorySectors = 0
  for (const directory of directories) {
    directory.sectors = sectorsFor(packRecords(records(directory, new Map())).length)
    directorySectors += directory.sectors
  }

  return {
    directories,
    sectors: directorySectors + sectorsFor(continuationBytes),
    place(sector) {
      start = sector
      let next = sector
      for (const directory of directories) {
        directory.sector = next
        next += directory.sectors
      }
    },
    start: () => start,
    rootRecord() {
      const [first] = directories
      const bytes = (first?.sectors ?? 0) * sectorSize
      return record({ kind: 'directory', sector: first?.sector ?? 0, bytes, identifier: self, systemUse: none.inline })
    },
    write(fileSectors) {
      const parts = directories.map((directory) => packRecords(records(directory, fileSectors)))
      return Buffer.concat([...parts, ...continuation])
    },
  }
}

interface RecordFields {
  kind: 'directory' | 'file'
  sector: number
  bytes: number
  identifier: Buffer
  systemUse: Buffer
}

const recordHeaderBytes = 33

function record({ kind, sector, bytes, identifier, systemUse }: RecordFields): Buffer {
  const pad = identifier.length % 2 === 0 ? 1 : 0
  const length = recordHeaderBytes + identifier.length + pad + systemUse.length
  return Buffer.concat([
    Buffer.from([length + (length % 2), 0]),
    both32(sector),
    both32(bytes),
    recordTime,
    Buffer.from([kind === 'directory' ? 2 : 0, 0, 0]),
    both16(1),
    Buffer.from([identifier.length]),
    identifier,
    Buffer.alloc(pad),
    systemUse,
    Buffer.alloc(length % 2),
  ])
}

/** Records never cross a sector's end; the result fills whole sectors. */
function packRecords(records: readonly Buffer[]): Buffer {
  const parts: Buffer[] = []
  let used = 0
  const fill = (): void => {
    const left = (sectorSize - (used % sectorSize)) % sectorSize
    parts.push(Buffer.alloc(left))
    used += left
  }
  for (const entry of records) {
    if ((used % sectorSize) + entry.length > sectorSize) fill()
    parts.push(entry)
    used += entry.length
  }
  fill()
  return Buffer.concat(parts)
}
