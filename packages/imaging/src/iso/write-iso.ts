/**
 * Writes ISO 9660 images with Joliet and Rock Ridge names, the same bytes for the same files.
 * Order on the disk: 16 empty sectors, descriptors, path tables, directories, continuation area, file contents.
 */

import { ImagingError } from '../errors.ts'
import { layOutDirectories, type DirectoryLayout } from './directories.ts'
import { sectorSize, sectorsFor } from './fields.ts'
import { isoNaming, jolietNaming } from './names.ts'
import { pathTable } from './path-table.ts'
import { buildTree, type IsoDirectory, type IsoFile } from './tree.ts'
import { terminatorDescriptor, volumeDescriptor } from './volume-descriptor.ts'

export interface IsoRequest {
  /** Volume label, at most 32 ASCII characters (Joliet keeps the first 16). */
  label: string
  /** Content by path, `/` between names. */
  files: ReadonlyMap<string, Uint8Array | string>
  /** Limit for the whole image; 64 MiB unless given. */
  maxBytes?: number
}

const firstDescriptor = 16

/**
 * @returns the image
 * @throws {ImagingError} InvalidArgument for names and labels the format cannot hold, TooLarge
 */
export function writeIso({ label, files, maxBytes = 64 * 1024 * 1024 }: IsoRequest): Buffer {
  if (!/^[\u0020-\u007e]{1,32}$/.test(label)) {
    throw new ImagingError(
      'InvalidArgument',
      `${JSON.stringify(label)} is no volume label: it needs 1 to 32 ASCII characters`,
    )
  }
  const total = [...files.values()].reduce((sum, content) => sum + Buffer.byteLength(content), 0)
  if (total > maxBytes)
    throw new ImagingError('TooLarge', `the files have ${total} bytes, over the limit of ${maxBytes}`)
  const root = buildTree(files)

  const plain = layOutDirectories(root, { naming: isoNaming, rockRidge: true })
  const joliet = layOutDirectories(root, { naming: jolietNaming, rockRidge: false })
  const plainTableSectors = sectorsFor(pathTable(plain, 'little').length)
  const jolietTableSectors = sectorsFor(pathTable(joliet, 'little').length)

  let next = firstDescriptor + 3
  const take = (sectors: number): number => {
    const start = next
    next += sectors
    return start
  }
  const plainTables = { little: take(plainTableSectors), big: take(plainTableSectors) }
  const jolietTables = { little: take(jolietTableSectors), big: take(jolietTableSectors) }
  plain.place(take(plain.sectors))
  joliet.place(take(joliet.sectors))
  const contents = allFiles(root)
  const fileSectors = new Map(contents.map((file) => [file, take(sectorsFor(file.content.length))]))
  const totalSectors = next

  const image = Buffer.alloc(totalSectors * sectorSize)
  const put = (sector: number, data: Buffer): void => void data.copy(image, sector * sectorSize)
  const describe = (layout: DirectoryLayout, tables: { little: number; big: number }, isJoliet: boolean): Buffer =>
    volumeDescriptor({
      joliet: isJoliet,
      label,
      totalSectors,
      pathTable: {
        bytes: pathTable(layout, 'little').length,
        littleEndianSector: tables.little,
        bigEndianSector: tables.big,
      },
      rootRecord: layout.rootRecord(),
    })
  put(firstDescriptor, describe(plain, plainTables, false))
  put(firstDescriptor + 1, describe(joliet, jolietTables, true))
  put(firstDescriptor + 2, terminatorDescriptor())
  for (const [layout, tables] of [
    [plain, plainTables],
    [joliet, jolietTables],
  ] as const) {
    put(tables.little, pathTable(layout, 'little'))
    put(tables.big, pathTable(layout, 'big'))
    put(layout.start(), layout.write(fileSectors))
  }
  for (const file of contents) put(fileSectors.get(file) ?? 0, file.content)
  return image
}

function allFiles(directory: IsoDirectory): IsoFile[] {
  return directory.children.flatMap((child) => (child.kind === 'file' ? [child] : allFiles(child)))
}
