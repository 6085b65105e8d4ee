/** Whether a claim holds a disk, or files of the engine's. */

import type { PersistentVolumeClaim } from '@berth/kube'

export const contentAnnotation = 'berth.dev/content'
export const filesContent = 'files'
/** What a machine keeps beside its disks, before and after the claim is the one that its machine uses. */
export const stateContent = 'state'

/** Whether the claim keeps files instead of a disk. */
export function keepsFiles({ metadata }: Readonly<PersistentVolumeClaim>): boolean {
  return metadata.annotations?.[contentAnnotation] === filesContent
}
