/** The path table: all directories, parents first (ECMA-119 section 9.4). */

import type { DirectoryLayout } from './directories.ts'

export function pathTable(layout: DirectoryLayout, order: 'little' | 'big'): Buffer {
  const rows = layout.directories.map(({ identifier, sector, parent }) => {
    const row = Buffer.alloc(8 + identifier.length + (identifier.length % 2))
    row[0] = identifier.length
    if (order === 'little') {
      row.writeUInt32LE(sector, 2)
      row.writeUInt16LE(parent + 1, 6)
    } else {
      row.writeUInt32BE(sector, 2)
      row.writeUInt16BE(parent + 1, 6)
    }
    identifier.copy(row, 8)
    return row
  })
  return Buffer.concat(rows)
}
