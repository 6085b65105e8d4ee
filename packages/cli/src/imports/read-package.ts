/** What is in a file with a machine or a disk: read where it lies, only as far as a proposal needs. */

import { CodedError } from '@berth/base'
import { dirname, join } from 'node:path'
import type { FileBytes, StreamedPart } from '@berth/imaging'
import type { ManifestEntry, OvfFile, OvfMachine, OvfPackage } from '@berth/view'
import { CliError } from '../failure.ts'
import { exists } from '../transfers/existing.ts'

/** A part of a disk's file, and the file it lies in. */
export interface SourcePart extends StreamedPart {
  file: FileBytes
}

export interface ForeignPackage {
  kind: 'machine' | 'disk' | 'disc'
  package: OvfPackage
  /** Where the bytes of a file lie. */
  partsOf(file: OvfFile): Promise<SourcePart[]>
  /** What the person should know of the package itself. */
  notes: string[]
  close(): Promise<void>
}

const endings = /\.(ova|ovf|vmdk|vhdx|vhd|vdi|qcow2|img|raw|iso)$/i
const GiB = 1024 ** 3

/** @throws {CliError} Usage, Refused; {ImagingError} NotFound, HostileImage, UnknownFormat */
export async function readPackage(path: string): Promise<ForeignPackage> {
  const { openFileBytes } = await import('@berth/imaging')
  const file = await openFileBytes(path).catch(async (error: unknown) => {
    throw await refused(error)
  })
  try {
    const ending = endings.exec(path)?.[1]?.toLowerCase()
    if (ending === 'ova') return await readOva(file)
    if (ending === 'ovf') return await readDescriptor(file)
    return await readDisk(file, ending)
  } catch (error) {
    await file.close()
    throw await refused(error)
  }
}

/** Errors of the reader as the command's own. */
async function refused(error: unknown): Promise<unknown> {
  const { OvfError } = await import('@berth/view')
  if (error instanceof OvfError) return new CliError('Refused', error.message, { cause: error })
  const missing = error instanceof CodedError && error.code === 'NotFound'
  if (!missing) return error
  return new CliError('NotFound', error.message, {
    cause: error,
    remedy: 'Name a file of this computer: .ova, .ovf, .vmdk, .vhdx, .vhd, .vdi, .qcow2, .img, .raw or .iso.',
  })
}

async function readOva(file: FileBytes): Promise<ForeignPackage> {
  const { openOva } = await import('@berth/view')
  const ova = await openOva(file)
  if (ova.descriptorChecksum !== undefined) {
    await checkDescriptor(
      await file.read(ova.descriptor.offset, ova.descriptor.size),
      ova.descriptorChecksum,
      ova.descriptor.name,
    )
  }
  return {
    kind: 'machine',
    package: ova.package,
    partsOf: async (wanted) => ova.partsOf(wanted).map((part) => ({ ...part, file })),
    notes: notesOf(ova),
    close: file.close,
  }
}

function notesOf({ hasManifest, signed }: { hasManifest: boolean; signed: boolean }): string[] {
  return [
    ...(hasManifest ? [] : ['The package has no manifest: its disks cannot be checked against checksums.']),
    ...(signed ? ['The package is signed; the signature is not checked, only the checksums of the manifest are.'] : []),
  ]
}

/** A descriptor on its own: its files lie beside it. */
async function readDescriptor(file: FileBytes): Promise<ForeignPackage> {
  const [{ chunkNames, maxDescriptorBytes, OvfError, readManifest, readOvf }, { openFileBytes }] = await Promise.all([
    import('@berth/view'),
    import('@berth/imaging'),
  ])
  if (file.size > maxDescriptorBytes) throw new OvfError('TooLarge', `${file.name} is larger than 4 MiB`)
  const bytes = await file.read(0, file.size)
  const folder = dirname(file.path)
  const manifestText = await textIfAny(file.path.replace(/\.ovf$/i, '.mf'))
  const manifest = manifestText === undefined ? undefined : readManifest(manifestText)
  const own = manifest?.get(file.name)
  if (own !== undefined) await checkDescriptor(bytes, own, file.name)
  const opened: FileBytes[] = [file]
  return {
    kind: 'machine',
    package: readOvf(bytes.toString('utf8')),
    notes: notesOf({ hasManifest: manifest !== undefined, signed: false }),
    async partsOf(wanted) {
      const names =
        wanted.chunkBytes === undefined
          ? [wanted.name]
          : await existing([...chunkNames(wanted)], folder, wanted.sizeBytes === undefined)
      const parts: SourcePart[] = []
      for (const name of names) {
        const part = await openFileBytes(join(folder, name))
        opened.push(part)
        const checksum = manifest?.get(name)
        parts.push({ name, offset: 0, size: part.size, file: part, ...(checksum === undefined ? {} : { checksum }) })
      }
      return parts
    },
    async close() {
      for (const each of opened) await each.close()
    },
  }
}

/** Without a size only the folder tells how many chunks there are. */
async function existing(names: string[], folder: string, cut: boolean): Promise<string[]> {
  if (!cut) return names
  const found: string[] = []
  for (const name of names) {
    if (!(await exists(join(folder, name)))) break
    found.push(name)
  }
  return found
}

async function textIfAny(path: string): Promise<string | undefined> {
  const { openFileBytes } = await import('@berth/imaging')
  if (!(await exists(path))) return undefined
  const file = await openFileBytes(path).catch(async (error: unknown) => {
    throw await refused(error)
  })
  try {
    return (await file.read(0, Math.min(file.size, 4 * 1024 ** 2))).toString('utf8')
  } finally {
    await file.close()
  }
}

async function checkDescriptor(bytes: Buffer, { algorithm, hex }: ManifestEntry, name: string): Promise<void> {
  const { createHash } = await import('node:crypto')
  if (createHash(algorithm).update(bytes).digest('hex') === hex) return
  throw new CliError('Refused', `${name} is not what the manifest of the package says: it was changed or is damaged`, {
    remedy: 'Export the machine again, or delete the manifest if you changed the descriptor yourself.',
  })
}

/** A disk on its own: a machine is made up around it. */
async function readDisk(file: FileBytes, ending: string | undefined): Promise<ForeignPackage> {
  const { isWindows } = await import('@berth/view')
  const disc = ending === 'iso'
  const capacityBytes = disc ? file.size : await virtualSize(file.path)
  const whole: OvfFile = { name: file.name, sizeBytes: file.size }
  const disk: OvfMachine['disks'][number] = {
    id: 'disk',
    name: file.name,
    // What every system has a driver for, where its name tells that it has none of virtio's.
    controller: isWindows({ description: file.name }) ? 'sata' : 'virtio',
    controllerIndex: 0,
    unit: 0,
    capacityBytes,
    format: 'raw',
    file: whole,
  }
  const machine: OvfMachine = {
    id: 'machine',
    name: file.name.replace(endings, ''),
    os: { description: file.name },
    cpus: 1,
    memoryBytes: 2 * GiB,
    firmware: 'bios',
    secureBoot: false,
    tpm: false,
    disks: disc ? [] : [disk],
    cdRoms: disc ? [{ name: file.name, controller: 'sata', file: whole }] : [],
    cards: [{ name: '' }],
    properties: [],
    otherDevices: [],
  }
  return {
    kind: disc ? 'disc' : 'disk',
    package: { machines: [machine], networks: [], files: [whole] },
    partsOf: async () => [{ name: file.name, offset: 0, size: file.size, file }],
    notes: [],
    close: file.close,
  }
}

async function virtualSize(path: string): Promise<number> {
  const { inspectUntrusted } = await import('@berth/imaging')
  return (await inspectUntrusted(path)).virtualSizeBytes
}
