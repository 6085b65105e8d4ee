/** An OVA file: the descriptor first, a manifest perhaps, then the files; one tar archive of them. */

import type { ByteSource } from './byte-source.ts'
import { readManifest, type ManifestEntry } from './manifest.ts'
import { OvfError } from './ovf-error.ts'
import type { OvfFile, OvfPackage } from './ovf-machine.ts'
import { maxDescriptorBytes, readOvf } from './read-ovf.ts'
import { tarMembers, type TarMember } from './tar-members.ts'
import { utf8Text } from './utf8.ts'

/** Part of a file, in order: a whole member, or one chunk of it. */
export interface OvaPart extends TarMember {
  checksum?: ManifestEntry
}

export interface Ova {
  package: OvfPackage
  descriptor: TarMember
  /** Signed ones are read like others; the signature is not checked. */
  signed: boolean
  hasManifest: boolean
  /** Of the descriptor, whose checksum a manifest has as well. */
  descriptorChecksum?: ManifestEntry
  /**
   * Where the bytes of a file lie.
   * @throws {OvfError} Unreadable when the archive lacks it, or a part of it
   */
  partsOf(file: OvfFile): OvaPart[]
}

/**
 * Reads what is small: headers, descriptor and manifest. Disks are not touched.
 * @throws {OvfError} Unreadable, Hostile, TooLarge, Unsupported
 */
export async function openOva(source: ByteSource): Promise<Ova> {
  const members = await tarMembers(source)
  const byName = new Map(members.map((member) => [member.name, member]))
  const descriptors = members.filter(({ name }) => /\.ovf$/i.test(name))
  const [descriptor] = descriptors
  if (descriptor === undefined) throw new OvfError('Unreadable', `${source.name} has no descriptor (.ovf) in it`)
  if (descriptors.length > 1) throw new OvfError('Unreadable', `${source.name} has several descriptors (.ovf) in it`)
  const base = descriptor.name.slice(0, -4)
  const manifestMember = byName.get(`${base}.mf`) ?? members.find(({ name }) => /\.mf$/i.test(name))
  const manifest = manifestMember === undefined ? undefined : readManifest(await textAt(source, manifestMember))
  const withChecksum = (member: TarMember): OvaPart => {
    const checksum = manifest?.get(member.name)
    return checksum === undefined ? member : { ...member, checksum }
  }
  const descriptorChecksum = manifest?.get(descriptor.name)
  return {
    package: readOvf(await textAt(source, descriptor)),
    descriptor,
    signed: members.some(({ name }) => /\.cert$/i.test(name)),
    hasManifest: manifest !== undefined,
    ...(descriptorChecksum === undefined ? {} : { descriptorChecksum }),
    partsOf: (file) => chunksOf(file, byName, source.name).map(withChecksum),
  }
}

async function textAt(source: ByteSource, { name, offset, size }: TarMember): Promise<string> {
  if (size > maxDescriptorBytes) throw new OvfError('TooLarge', `${name} in ${source.name} is larger than 4 MiB`)
  const text = utf8Text(await source.read(offset, size))
  if (text === undefined) throw new OvfError('Unreadable', `${name} in ${source.name} is not UTF-8`)
  return text
}

function chunksOf(file: OvfFile, members: ReadonlyMap<string, TarMember>, archive: string): TarMember[] {
  const missing = (name: string): OvfError => new OvfError('Unreadable', `${archive} lacks ${name}`)
  const parts: TarMember[] = []
  if (file.chunkBytes === undefined) {
    const member = members.get(file.name)
    if (member === undefined) throw missing(file.name)
    parts.push(member)
  } else {
    for (const name of chunkNames(file)) {
      const member = members.get(name)
      if (member === undefined) {
        // Without a size only the archive tells how many there are.
        if (file.sizeBytes === undefined && parts.length > 0) break
        throw missing(name)
      }
      parts.push(member)
    }
  }
  const bytes = parts.reduce((sum, { size }) => sum + size, 0)
  if (file.sizeBytes !== undefined && bytes !== file.sizeBytes) {
    throw new OvfError(
      'Unreadable',
      `${file.name} in ${archive} has ${bytes} bytes, its descriptor says ${file.sizeBytes}`,
    )
  }
  return parts
}

const maxChunks = 4096

/** DSP0243: nine digits from 0. */
export function* chunkNames({ name, sizeBytes, chunkBytes = 1 }: OvfFile): Generator<string> {
  const count = Math.min(sizeBytes === undefined ? maxChunks : Math.ceil(sizeBytes / chunkBytes), maxChunks)
  for (let index = 0; index < count; index += 1) yield `${name}.${String(index).padStart(9, '0')}`
}
