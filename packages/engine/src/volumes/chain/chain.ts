/** The images a head lies on, read from their headers from the top downward. */

import { isAbsolute } from 'node:path'
import { EngineError } from '../../errors.ts'
import { ifPresent } from '../../host/if-present.ts'
import { formatOf, isImageName, type StorageLayout } from '../storage/layout.ts'
import type { DiskImages, ImagePlace } from '../volume-types.ts'
import { damaged, readImageHeader, type ImageHeader } from './image-header.ts'

/** Each is a file that QEMU holds open, and a step for every read of what was never written again. */
export const longestChain = 120

/**
 * Reads afresh: a running machine's QEMU merges images, too.
 * @throws {EngineError} ImageDamaged when a header names what is no image of ours
 */
export async function filesOfChain(layout: StorageLayout, head: string): Promise<string[]> {
  const files: string[] = []
  for (let file: string | undefined = head; file !== undefined;) {
    if (files.includes(file) || files.length > 2 * longestChain) throw strange(head, file)
    files.push(file)
    const header: ImageHeader | undefined = await ifPresent(readImageHeader(layout.image(file)))
    if (header === undefined) throw damaged(file)
    const { backing }: { backing?: string } = header
    if (backing !== undefined && (isAbsolute(backing) || !isImageName(backing))) throw strange(file, backing)
    file = backing
  }
  return files
}

export async function chainOf(storage: { layout: StorageLayout }, head: string): Promise<DiskImages> {
  const files = await filesOfChain(storage.layout, head)
  const places = files.map((file): ImagePlace => ({ path: storage.layout.image(file), format: formatOf(file) }))
  const [{ path, format } = { path: '', format: 'qcow2' as const }, ...backing] = places
  return { path, format, backing }
}

function strange(image: string, backing: string): EngineError {
  return new EngineError('ImageDamaged', `image ${image} says that it lies on ${JSON.stringify(backing)}`, {
    remedy: 'Only this engine may change the images in a storage; restore the volume from a backup.',
  })
}
