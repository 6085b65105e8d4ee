/** A disk of one run on top of one that stays as it is. */

import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { createOverlay, type DiskFormat } from '@berth/imaging'
import { ifPresent } from '../../host/if-present.ts'
import { makeEphemeral } from '../ephemeral.ts'
import type { VolumeFile, VolumeRequest } from './volume-file.ts'

interface Image {
  path: string
  format: DiskFormat
}

/**
 * Kept when it is there: the engine may have died between making it and starting the machine.
 * @param images what it lies on, nearest first
 */
export async function overlayOn(
  images: readonly [Image, ...Image[]],
  { volume, instance, services }: VolumeRequest,
): Promise<VolumeFile> {
  const [backing] = images
  const folder = await makeEphemeral(services.paths, instance.metadata.uid ?? '')
  const path = join(folder, `${volume.name}.qcow2`)
  if ((await ifPresent(stat(path))) === undefined) await createOverlay({ path, backing })
  return { path, format: 'qcow2', readOnly: false, backing: [...images] }
}
