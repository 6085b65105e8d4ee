/** Counts of what was written to a qcow2 image, which the image keeps: QEMU calls them bitmaps. No VM uses the images meanwhile. */

import { ImagingError } from './errors.ts'
import { safeImagePath } from './image-path.ts'
import { inspectLimits, qemuImg, quickMs, requireFile } from './qemu-img.ts'

export interface ImageBitmap {
  path: string
  name: string
}

/**
 * A count that begins now.
 * @throws {ImagingError} NotFound, InvalidArgument, NoSpace, ToolMissing, ToolFailed
 */
export async function addImageBitmap(bitmap: ImageBitmap): Promise<void> {
  await change(bitmap, ['--add'], 'beginning a count in')
}

/**
 * What an image of the same size has counted under this name is counted here, too; the count is made when there is none (`isNew`).
 * @throws {ImagingError} as above
 */
export async function mergeImageBitmap({
  from,
  isNew,
  ...bitmap
}: ImageBitmap & { from: string; isNew: boolean }): Promise<void> {
  const source = safeImagePath(from)
  await requireFile(source)
  const steps = [...(isNew ? ['--add'] : []), '--merge', checked(bitmap.name), '-b', source, '-F', 'qcow2']
  await change(bitmap, steps, `adding the count of ${source} to that of`)
}

/** Of one that was not closed in order, too. @throws {ImagingError} as above */
export async function removeImageBitmap(bitmap: ImageBitmap): Promise<void> {
  await change(bitmap, ['--remove'], 'removing a count from')
}

async function change(bitmap: ImageBitmap, steps: readonly string[], purpose: string): Promise<void> {
  const path = safeImagePath(bitmap.path)
  await requireFile(path)
  await qemuImg({
    args: ['bitmap', ...steps, '-f', 'qcow2', '--', path, checked(bitmap.name)],
    purpose: `${purpose} ${path}`,
    limits: inspectLimits,
    timeoutMs: quickMs,
  })
}

function checked(name: string): string {
  // qcow2 allows 1023 bytes; ours are names of objects with a time.
  if (/^[A-Za-z0-9_.-]{1,1023}$/.test(name)) return name
  throw new ImagingError('InvalidArgument', `${JSON.stringify(name)} cannot be the name of a bitmap`)
}
