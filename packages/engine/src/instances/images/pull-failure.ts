/** What a failed pull is called, in kubelet's words where it has some. Pure. */

import { messageOf } from '@berth/base'
import { ImagingError } from '@berth/imaging'
import type { WantedImage } from './wanted-images.ts'

export interface PullFailure {
  /** Of the Synchronized condition. KubeVirt's machines show the first two in their status. */
  reason: 'ErrImagePull' | 'ErrImageNeverPull' | 'InvalidImageName' | 'FailedCreate'
  message: string
}

/** Codes that say the image was brought, and is not one that can be used. */
const contentCodes: readonly string[] = ['HostileImage', 'UnknownFormat', 'CorruptData', 'TooLarge']

export function pullFailure(error: unknown, { image, policy, content, volume }: WantedImage): PullFailure {
  const code = error instanceof ImagingError ? error.code : undefined
  const message = wordsOf(error)
  if (code === 'InvalidArgument') {
    return {
      reason: 'InvalidImageName',
      message: `Failed to apply default image tag ${JSON.stringify(image)}: ${message}`,
    }
  }
  // Where images lie on the host, and how full its disk is, is nothing for who owns the machine.
  if (code === 'NoSpace') {
    return { reason: 'ErrImagePull', message: `the host has no room for image ${JSON.stringify(image)}` }
  }
  if (code === 'NotFound' && policy === 'Never') return { reason: 'ErrImageNeverPull', message }
  if (code === 'UnknownFormat' && content.kind === 'disk') {
    return { reason: 'FailedCreate', message: `failed to find a sourceFile in containerDisk ${volume}: ${message}` }
  }
  if (code !== undefined && contentCodes.includes(code)) {
    return { reason: 'FailedCreate', message: `image ${JSON.stringify(image)} cannot be used: ${message}` }
  }
  return { reason: 'ErrImagePull', message }
}

function wordsOf(error: unknown): string {
  return error instanceof ImagingError && error.remedy !== undefined
    ? `${error.message}. ${error.remedy}`
    : messageOf(error)
}
