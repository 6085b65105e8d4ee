/** `hostDisk`: a file of this host, in a folder that the operator allows. */

import { lstat, realpath } from 'node:fs/promises'
import { basename, dirname, join, sep } from 'node:path'
import { createImage, imageInfo, inspectUntrusted } from '@berth/imaging'
import { quantityToBytes } from '@berth/meta'
import { ifPresent } from '../../host/if-present.ts'
import { missing, type VolumeFile, type VolumeRequest } from './volume-file.ts'

/** A file of the host, only below the folders the operator allowed; links out of them are refused. */
export async function hostDiskFile({ volume, instance, services }: VolumeRequest): Promise<VolumeFile> {
  const { path = '', type, capacity } = volume.hostDisk ?? {}
  const folders = await Promise.all(services.hostDiskFolders.map((folder) => realpath(folder)))
  const there = await ifPresent(lstat(path))
  // Links are followed before anything is made or opened: none may lead out of the allowed folders.
  const parent = await ifPresent(realpath(dirname(path)))
  if (parent === undefined) throw missing(instance, `the folder of hostDisk "${path}"`)
  const real = there === undefined ? join(parent, basename(path)) : await ifPresent(realpath(path))
  if (real === undefined) throw missing(instance, `what hostDisk "${path}" links to`)
  if (!folders.some((folder) => real.startsWith(folder + sep))) {
    throw missing(instance, `hostDisk "${path}" (it is not inside the folders the operator allows)`)
  }
  if (there === undefined) {
    if (type !== 'DiskOrCreate') throw missing(instance, `hostDisk "${path}"`)
    await createImage({ path: real, format: 'raw', sizeBytes: quantityToBytes(capacity ?? '0') })
  }
  const found = await inspectUntrusted(real)
  if (found.format !== 'qcow2' && found.format !== 'raw') throw missing(instance, `hostDisk "${path}" as qcow2 or raw`)
  await imageInfo({ path: real, format: found.format })
  return { path: real, format: found.format, readOnly: false }
}
