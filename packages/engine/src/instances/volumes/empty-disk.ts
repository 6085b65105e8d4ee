/** `emptyDisk`: a disk that begins empty at every run. */

import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { createImage } from '@berth/imaging'
import { quantityToBytes } from '@berth/meta'
import { ifPresent } from '../../host/if-present.ts'
import { makeEphemeral } from '../ephemeral.ts'
import type { VolumeFile, VolumeRequest } from './volume-file.ts'

export async function emptyDiskFile({ volume, instance, services }: VolumeRequest): Promise<VolumeFile> {
  const folder = await makeEphemeral(services.paths, instance.metadata.uid ?? '')
  const path = join(folder, `${volume.name}.qcow2`)
  const there = await ifPresent(stat(path))
  if (there === undefined)
    await createImage({ path, format: 'qcow2', sizeBytes: quantityToBytes(volume.emptyDisk?.capacity ?? '0') })
  return { path, format: 'qcow2', readOnly: false }
}
