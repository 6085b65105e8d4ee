/** `containerDisk`: a disk out of a container image. What the guest writes on top of it is gone with the run. */

import { link, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { inspectUntrusted, type DiskFormat } from '@berth/imaging'
import { EngineError } from '../../errors.ts'
import { ifPresent } from '../../host/if-present.ts'
import { makeEphemeral } from '../ephemeral.ts'
import { readyImage } from '../images/ready-image.ts'
import { wantedImages } from '../images/wanted-images.ts'
import { overlayOn } from './overlay.ts'
import { missing, type VolumeFile, type VolumeRequest } from './volume-file.ts'

export async function containerDiskFile(request: VolumeRequest): Promise<VolumeFile> {
  const { volume, instance, services } = request
  const folder = await makeEphemeral(services.paths, instance.metadata.uid ?? '')
  // A link of the run's own: the cache may forget the disk, the machine keeps it, and both share its room.
  const base = join(folder, `${volume.name}.base`)
  if ((await ifPresent(stat(base))) === undefined) {
    const wanted = wantedImages(instance).find(({ volume: name }) => name === volume.name)
    if (wanted === undefined) throw missing(instance, `volume "${volume.name}"`)
    const file = readyImage(instance, wanted, services).files.get('disk')
    if (file === undefined) throw missing(instance, `the disk of image "${wanted.image}"`)
    await linkOr(file.path, base, () => services.containerImages.forget(instance))
  }
  return overlayOn([{ path: base, format: await formatOf(base) }], request)
}

/** Both were checked when the image was unpacked. */
async function formatOf(path: string): Promise<DiskFormat> {
  return (await inspectUntrusted(path)).format === 'qcow2' ? 'qcow2' : 'raw'
}

/**
 * @param lost called when the file was removed in between: it has to be asked for again
 * @throws {EngineError} MissingDependency
 */
export async function linkOr(from: string, to: string, lost: () => void): Promise<void> {
  try {
    await link(from, to)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
    lost()
    throw new EngineError('MissingDependency', 'a container image was removed from the cache just now', {
      cause: error,
      remedy: 'It is pulled again by itself.',
    })
  }
}
