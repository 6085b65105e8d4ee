/** Whether a claim holds a disk, or files of the engine's. */

import type { PersistentVolumeClaim } from '@berth/kube'

export const contentAnnotation = 'berth.dev/content'
export const filesContent = 'files'

/** Whether the claim keeps files instead of a disk. */
export function keepsFiles({ metadata }: Readonly<PersistentVolumeClaim>): boolean {
  return metadata.annotations?.[contentAnnotation] === filesContent
}
