/** `ephemeral`: what the guest writes on top of a claim is gone with the run; the claim stays as it is. */

import { claimFile } from './claim.ts'
import { overlayOn } from './overlay.ts'
import type { VolumeFile, VolumeRequest } from './volume-file.ts'

export async function ephemeralFile(request: VolumeRequest): Promise<VolumeFile> {
  const { path, format, backing = [] } = await claimFile(request)
  return overlayOn([{ path, format }, ...backing], request)
}
