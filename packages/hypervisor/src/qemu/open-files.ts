/**
 * Opens everything a machine needs, so that QEMU gets descriptors instead of paths. QEMU then needs no rights on any file or folder,
 * and can open nothing but what it was given.
 */

import { constants, type Stats } from 'node:fs'
import { chmod, copyFile, open, writeFile, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf } from '@berth/base'
import { DriverError } from '../driver.ts'
import type { FirmwareFiles } from '../spec/capabilities.ts'
import { imagesOf } from '../image-chain.ts'
import type { DiskImage, DomainDisk } from '../spec/disks.ts'
import type { DomainSpec } from '../spec/domain.ts'
import type { OpenFiles } from './arguments/open-files.ts'
import { diskId, type ImageChain, type OpenImage } from './arguments/disks.ts'
import type { DomainFolder } from './folder.ts'
import { blockSizesOf } from './block-size.ts'
import { guardImage } from './image-guard.ts'
import { keptVariables } from './kept-state.ts'
import { openVsock } from './vsock.ts'

/** Descriptor of the first passed file in QEMU; 0 to 2 are its standard streams. */
const firstDescriptor = 3

export interface OpenedFiles {
  files: OpenFiles
  /** Passed to the process from descriptor 3 on, in order. */
  handles: FileHandle[]
}

export interface OpenFilesOptions {
  spec: DomainSpec
  folder: DomainFolder
  firmware: FirmwareFiles | undefined
  /** QEMU's user, when it is not the driver's. */
  uid: number | undefined
}

/** Opens the files; on an error those already open are closed. @throws {DriverError} InvalidSpec, Unsupported */
export async function openFiles({ spec, folder, firmware, uid }: OpenFilesOptions): Promise<OpenedFiles> {
  const opener = new Opener()
  try {
    const images = new Map<string, ImageChain>()
    for (const disk of spec.disks) if (disk.path !== '') images.set(disk.name, await openDisk(opener, disk))
    const serialLog = await open(folder.serialLog, constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT, 0o600)
    const files: OpenFiles = {
      images,
      serialLog: opener.addSet(serialLog),
      ...(spec.vsockCid === undefined ? {} : { vsock: opener.add(await openVsock()) }),
      ...(spec.kernel === undefined ? {} : { kernel: await openKernel(opener, spec.kernel, folder, uid) }),
      ...(firmware === undefined ? {} : { firmware: await openFirmware(opener, { spec, firmware, folder }) }),
      acpiTables: await openAcpiTables(opener, spec, folder),
      descriptors: opener.descriptors,
    }
    return { files, handles: opener.handles }
  } catch (error) {
    await closeAll(opener.handles)
    throw error
  }
}

export async function closeAll(handles: FileHandle[]): Promise<void> {
  await Promise.all(handles.map((handle) => handle.close()))
}

class Opener {
  readonly handles: FileHandle[] = []
  readonly descriptors: OpenFiles['descriptors'] = []

  /** The descriptor number that the file will have in QEMU. */
  add(handle: FileHandle): number {
    this.handles.push(handle)
    return firstDescriptor + this.handles.length - 1
  }

  /** A name under which QEMU's own open calls find the file. */
  addSet(handle: FileHandle, opaque?: string): string {
    const fd = this.add(handle)
    this.descriptors.push({ fd, set: fd, ...(opaque === undefined ? {} : { opaque }) })
    return `/dev/fdset/${fd}`
  }
}

/** Without waiting for the other end of a named pipe. */
async function openPath(path: string, writable: boolean, what: string): Promise<{ handle: FileHandle; stat: Stats }> {
  let handle: FileHandle
  try {
    handle = await open(path, (writable ? constants.O_RDWR : constants.O_RDONLY) | constants.O_NONBLOCK)
  } catch (error) {
    throw new DriverError('InvalidSpec', `the file of ${what} cannot be opened: ${messageOf(error)}`, { cause: error })
  }
  const stat = await handle.stat()
  if (stat.isFile() || stat.isBlockDevice()) return { handle, stat }
  await handle.close()
  throw new DriverError('InvalidSpec', `the file of ${what} is neither a file nor a block device: ${path}`)
}

async function openDisk(opener: Opener, disk: DomainDisk): Promise<ImageChain> {
  const images = imagesOf(disk)
  const openOne = async (image: DiskImage, place: number): Promise<OpenImage> => {
    const writable = place === 0 && !disk.readOnly && disk.device !== 'cdrom'
    const { handle, opened } = await openImage(disk, image, { writable, backed: place + 1 < images.length })
    // By the disk's id the descriptor is found again when the disk is taken out of the running machine.
    return { ...opened, filename: opener.addSet(handle, diskId(disk.name)) }
  }
  const [head, ...backing] = images
  if (head === undefined) throw new DriverError('InvalidSpec', `disk ${disk.name} has no image`)
  const chain: ImageChain = [await openOne(head, 0)]
  for (const [index, image] of backing.entries()) chain.push(await openOne(image, index + 1))
  return chain
}

/**
 * Opens one image for a disk.
 * @param options.backed whether its header may name a backing file
 * @throws {DriverError} InvalidSpec, Unsupported
 */
export async function openImage(
  disk: DomainDisk,
  { path, format }: DiskImage,
  { writable, backed }: { writable: boolean; backed: boolean },
): Promise<{ handle: FileHandle; opened: Omit<OpenImage, 'filename'> }> {
  const { handle, stat } = await openPath(path, writable, `disk ${disk.name}`)
  try {
    if (format === 'qcow2') await guardImage(handle, { ...disk, path }, backed)
    if (disk.device === 'lun' && !stat.isBlockDevice()) {
      throw new DriverError('InvalidSpec', `disk ${disk.name} is a lun but ${path} is not a block device`)
    }
    const sizes = disk.blockSize === 'match' ? { blockSize: await blockSizesOf(path, stat) } : {}
    return { handle, opened: { format, hostDevice: stat.isBlockDevice(), ...sizes } }
  } catch (error) {
    await handle.close()
    throw error
  }
}

/**
 * Opens the images of one disk for a machine that runs. The names in the chain are made by the caller, who hands the files over in
 * their order.
 * @throws {DriverError} InvalidSpec, Unsupported
 */
export async function openDiskImages(disk: DomainDisk): Promise<{ images: ImageChain; handles: FileHandle[] }> {
  const opener = new Opener()
  try {
    return { images: await openDisk(opener, disk), handles: opener.handles }
  } catch (error) {
    await closeAll(opener.handles)
    throw error
  }
}

async function openKernel(
  opener: Opener,
  kernel: NonNullable<DomainSpec['kernel']>,
  folder: DomainFolder,
  uid: number | undefined,
): Promise<{ path: string; initrd?: string }> {
  /** QEMU opens these by name, which checks the file's own mode again: what others may not read is copied. */
  const openOne = async (path: string, name: string): Promise<string> => {
    const { handle, stat } = await openPath(path, false, name)
    if (uid === undefined || (stat.mode & 0o004) !== 0) return `/dev/fd/${opener.add(handle)}`
    await handle.close()
    const copy = join(folder.path, name)
    await copyFile(path, copy, constants.COPYFILE_FICLONE)
    await chmod(copy, 0o444)
    return `/dev/fd/${opener.add(await open(copy, 'r'))}`
  }
  return {
    path: await openOne(kernel.path, 'kernel'),
    ...(kernel.initrd === undefined ? {} : { initrd: await openOne(kernel.initrd, 'initrd') }),
  }
}

/** QEMU opens these by name, as it does a kernel. */
async function openAcpiTables(opener: Opener, spec: DomainSpec, folder: DomainFolder): Promise<string[]> {
  const names: string[] = []
  for (const [index, { base64 }] of (spec.acpiTables ?? []).entries()) {
    const path = join(folder.path, `acpi-${index}`)
    await writeFile(path, Buffer.from(base64, 'base64'), { mode: 0o444 })
    // The mode at creation is cut by the umask.
    await chmod(path, 0o444)
    names.push(`/dev/fd/${opener.add(await open(path, 'r'))}`)
  }
  return names
}

async function openFirmware(
  opener: Opener,
  { spec, firmware, folder }: { spec: DomainSpec; firmware: FirmwareFiles; folder: DomainFolder },
): Promise<{ code: OpenImage; vars: OpenImage }> {
  const vars = await variablesOf(spec, firmware, folder)
  const image = (filename: string): OpenImage => ({ filename, format: 'raw', hostDevice: false })
  return {
    code: image(opener.addSet((await openPath(firmware.code, false, 'the firmware')).handle)),
    vars: image(opener.addSet((await openPath(vars, true, 'the firmware variables')).handle)),
  }
}

/** The file with the UEFI variables of this run: kept ones, or a copy of the template that goes with the machine's folder. */
async function variablesOf(spec: DomainSpec, firmware: FirmwareFiles, folder: DomainFolder): Promise<string> {
  const kept = spec.firmware.kind === 'uefi' && spec.firmware.kept === true
  if (kept && spec.stateFolder !== undefined) return keptVariables(spec.stateFolder, firmware.vars)
  await copyFile(firmware.vars, folder.firmwareVars, constants.COPYFILE_FICLONE)
  await chmod(folder.firmwareVars, 0o600)
  return folder.firmwareVars
}
