/** Puts partition table, boot loaders and root file system together into one raw disk image, without devices or mounts. */

import { open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ImagingError } from '../errors.ts'
import { runProcess } from '../run-process.ts'
import { type BootLoader, makeBootLoader } from './boot-loader.ts'
import type { UserMode } from './user-mode.ts'

const MiB = 1024 * 1024
const sectorBytes = 512

/** In MiB from the disk's beginning. The root partition is last, so that it can grow with the disk. */
const layout = { bios: { start: 1, size: 1 }, esp: { start: 2, size: 30 }, root: { start: 32 } } as const

export interface DiskRequest {
  /** Raw image to make. */
  path: string
  sizeBytes: number
  /** Directory that becomes the root file system. */
  tree: string
  rootUuid: string
  work: string
  userMode: UserMode
  signal?: AbortSignal
}

export async function assembleDisk(request: DiskRequest): Promise<void> {
  const { path, sizeBytes, rootUuid, work, signal } = request
  const coreSector = (layout.bios.start * MiB) / sectorBytes
  const loader = await makeBootLoader({ rootUuid, coreSector, work, signal })
  if (loader.core.length > layout.bios.size * MiB) {
    throw new ImagingError('TooLarge', `the boot loader has ${loader.core.length} bytes and does not fit its partition`)
  }
  const esp = await makeEsp(loader.efi, work, signal)
  const file = await open(path, 'wx')
  try {
    await file.truncate(sizeBytes)
  } finally {
    await file.close()
  }
  await partition(path, signal)
  await makeRoot(request)
  await writeLoaders(path, loader, esp)
}

// Partition numbers as in Debian's own cloud images: root is 1, the small ones are 14 and 15. Types from the UEFI
// specification and GRUB's manual ("BIOS installation").
async function partition(path: string, signal?: AbortSignal): Promise<void> {
  const region = (start: number, size?: number): string =>
    `start=${(start * MiB) / sectorBytes}${size === undefined ? '' : `, size=${(size * MiB) / sectorBytes}`}`
  const script = [
    'label: gpt',
    `${path}14 : ${region(layout.bios.start, layout.bios.size)}, type=21686148-6449-6E6F-744E-656564454649`,
    `${path}15 : ${region(layout.esp.start, layout.esp.size)}, type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B`,
    `${path}1 : ${region(layout.root.start)}, type=4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709`,
    '',
  ]
  await runProcess({
    command: 'sfdisk',
    args: ['--quiet', '--no-reread', '--no-tell-kernel', '--', path],
    input: script.join('\n'),
    purpose: 'partitioning the image',
    timeoutMs: 60_000,
    signal,
  })
}

async function makeRoot({ path, sizeBytes, tree, rootUuid, userMode, signal }: DiskRequest): Promise<void> {
  const offset = layout.root.start * MiB
  // The last MiB holds the second copy of the partition table.
  const size = sizeBytes - offset - MiB
  // Nothing is left for the guest to initialise in the background of its first minutes.
  const extended = `offset=${offset},lazy_itable_init=0,lazy_journal_init=0,nodiscard`
  const identity = ['-L', 'root', '-U', rootUuid, '-m', '1']
  const content = ['-d', tree, '-E', extended]
  const [command, args] = userMode.wrap('mke2fs', ['-qF', '-text4', ...identity, ...content, path, `${size / 1024}k`])
  await runProcess({ command, args, purpose: 'making the root file system', timeoutMs: 15 * 60_000, signal })
}

async function makeEsp(efi: string, work: string, signal?: AbortSignal): Promise<Buffer> {
  const image = join(work, 'esp.img')
  const mtools = async (command: string, args: readonly string[]): Promise<void> => {
    await runProcess({ command, args, purpose: 'making the EFI system partition', timeoutMs: 60_000, signal })
  }
  const sectors = String((layout.esp.size * MiB) / sectorBytes)
  await mtools('mformat', ['-i', image, '-C', '-T', sectors, '-h', '16', '-s', '32', '-v', 'EFI', '::'])
  await mtools('mmd', ['-i', image, '::/EFI', '::/EFI/BOOT'])
  await mtools('mcopy', ['-i', image, efi, '::/EFI/BOOT/BOOTX64.EFI'])
  return readFile(image)
}

/** Bytes 0 to 439 of a boot sector are code; behind them is the partition table. */
const bootCodeBytes = 440

async function writeLoaders(path: string, loader: BootLoader, esp: Buffer): Promise<void> {
  const file = await open(path, 'r+')
  try {
    await file.write(loader.bootSector, 0, bootCodeBytes, 0)
    await file.write(loader.core, 0, loader.core.length, layout.bios.start * MiB)
    await file.write(esp, 0, esp.length, layout.esp.start * MiB)
    await file.sync()
  } finally {
    await file.close()
  }
}
