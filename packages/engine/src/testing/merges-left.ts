/** What an engine in another process will still merge, by the files of its storage alone. */

import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ifPresent } from '../host/if-present.ts'
import { chainIn, mergePairs, type ImageNode } from '../volumes/chain/graph.ts'
import { readImageHeader } from '../volumes/chain/image-header.ts'

/**
 * Whether nothing below the image of this volume, which no machine has, is to become one with something else: only then may a test write
 * to it, as a merge takes an image for its own. False as well while files come and go.
 */
export async function isUnmerged(storage: string, volume: string): Promise<boolean> {
  const said = async (path: string, key: 'head' | 'image'): Promise<string | undefined> => {
    const text = await ifPresent(readFile(join(storage, path), 'utf8'))
    return text === undefined ? undefined : String(JSON.parse(text)[key])
  }
  const volumes = await readdir(join(storage, 'volumes'))
  const snapshots = await readdir(join(storage, 'snapshots'))
  const heads = await Promise.all(volumes.map((name) => said(`volumes/${name}/volume.json`, 'head')))
  const frozen = await Promise.all(snapshots.map((name) => said(`snapshots/${name}`, 'image')))
  const images = new Map<string, ImageNode>()
  for (const image of await readdir(join(storage, 'images'))) {
    const header = await ifPresent(readImageHeader(join(storage, 'images', image)))
    if (header === undefined) return false
    images.set(image, header)
  }
  const head = await said(`volumes/${volume}/volume.json`, 'head')
  if (head === undefined) return false
  const known = (names: (string | undefined)[]): Set<string> => new Set(names.filter((name) => name !== undefined))
  const left = mergePairs({
    images,
    heads: known(heads),
    snapshots: known(frozen),
    pins: new Set(),
    isUsed: () => false,
  })
  const chain = chainIn(images, head)
  if (left.some(({ child }) => chain.includes(child))) return false
  // Its names may be as they will be, and the program that writes them still have the images open: looked at last, as none begins now.
  return (await readdir(join(storage, 'journal'))).length === 0
}
