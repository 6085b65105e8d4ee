/** Makes GRUB for BIOS and UEFI out of Debian's GRUB packages, and installs the BIOS one without running it on a device. */

import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ImagingError } from '../errors.ts'
import { runProcess } from '../run-process.ts'
import { grubDirectories } from './packages-needed.ts'

// oxfmt-ignore
const commonModules = [
  'normal', 'configfile', 'linux', 'part_gpt', 'ext2', 'search', 'search_fs_uuid',
  'echo', 'test', 'sleep', 'reboot', 'halt', 'minicmd', 'ls', 'cat',
]

export interface BootLoader {
  /** First sector of the disk; bytes 440 to 511 belong to the partition table. */
  bootSector: Buffer
  /** Content of the BIOS boot partition. */
  core: Buffer
  /** Path of BOOTX64.EFI. */
  efi: string
}

/**
 * @param coreSector where the BIOS boot partition begins, in 512-byte sectors
 * @throws {ImagingError} ToolMissing, ToolFailed, CorruptData
 */
export async function makeBootLoader(request: {
  rootUuid: string
  coreSector: number
  work: string
  signal?: AbortSignal
}): Promise<BootLoader> {
  const { rootUuid, coreSector, work, signal } = request
  const config = join(work, 'grub-early.cfg')
  await writeFile(
    config,
    `search --no-floppy --fs-uuid --set=root ${rootUuid}\nset prefix=($root)/boot/grub\nconfigfile $prefix/grub.cfg\n`,
  )
  const make = async (directory: string, format: string, output: string, modules: readonly string[]): Promise<void> => {
    await runProcess({
      command: 'grub-mkimage',
      args: [
        '-d',
        directory,
        '-O',
        format,
        '-c',
        config,
        '-p',
        '/boot/grub',
        '-o',
        output,
        ...commonModules,
        ...modules,
      ],
      purpose: `making the boot loader for ${format}`,
      timeoutMs: 60_000,
      signal,
    })
  }
  const core = join(work, 'core.img')
  const efi = join(work, 'BOOTX64.EFI')
  await make(grubDirectories.bios, 'i386-pc', core, ['biosdisk', 'serial', 'terminal'])
  await make(grubDirectories.uefi, 'x86_64-efi', efi, ['fat', 'efi_gop', 'efi_uga', 'all_video', 'terminal'])
  return {
    bootSector: patchBootSector(await readFile(join(grubDirectories.bios, 'boot.img')), coreSector),
    core: patchCore(await readFile(core), coreSector),
    efi,
  }
}

// Offsets from GRUB's include/grub/i386/pc/boot.h and offsets.h.
const bootSectorOffsets = { kernelSector: 0x5c, driveCheck: 0x66 }
/** The first block list entry is at the end of core.img's first sector: start (8 bytes), length (2), segment (2). */
const firstBlockList = 512 - 12

/** Tells GRUB's first sector where the rest is, and that the disk is a hard disk, not a floppy. */
export function patchBootSector(image: Buffer, coreSector: number): Buffer {
  if (image.length !== 512 || image.readUInt16LE(510) !== 0xaa55) {
    throw new ImagingError('CorruptData', "GRUB's boot.img is not a boot sector")
  }
  const sector = Buffer.from(image)
  sector.writeBigUInt64LE(BigInt(coreSector), bootSectorOffsets.kernelSector)
  // Two no-ops over the jump that trusts the BIOS's drive number, which grub-bios-setup writes for hard disks as well.
  sector.writeUInt16LE(0x9090, bootSectorOffsets.driveCheck)
  return sector
}

/** Tells core.img's first sector where its other sectors are: right behind it. */
export function patchCore(image: Buffer, coreSector: number): Buffer {
  const sectors = Math.ceil(image.length / 512)
  const core = Buffer.alloc(sectors * 512)
  image.copy(core)
  if (core.readUInt16LE(firstBlockList + 8) !== sectors - 1) {
    throw new ImagingError('CorruptData', "GRUB's core.img has an unknown form: its block list is not that of one file")
  }
  core.writeBigUInt64LE(BigInt(coreSector + 1), firstBlockList)
  return core
}
