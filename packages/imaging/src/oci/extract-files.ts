/** Takes chosen files out of an image's layers. Their names in the image never become names on this host. */

import { rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { ImagingError, throwIfAborted } from '../errors.ts'
import { writeSparse } from '../sparse-file.ts'
import { FileTree, type TreeFile } from './file-tree.ts'
import { readLayer, type LayerEntry } from './layer.ts'

export interface ImageLayer {
  /** The file of the layer, its digest checked. */
  path: string
  digest: string
}

export interface ExtractRequest {
  /** Lowest first. */
  layers: readonly ImageLayer[]
  /** True for paths (without a leading slash) that are likely wanted: they are taken on the first reading. */
  likely: (path: string) => boolean
  /** Says which files are wanted, by names that are safe here. Throws when the image does not have them. */
  choose: (tree: FileTree) => ReadonlyMap<string, TreeFile>
  /** Where they go; a folder of the caller's own. */
  directory: string
  /** For all layers together, unpacked. */
  maxBytes: number
  signal?: AbortSignal
}

export interface ExtractedFile {
  path: string
  bytes: number
  crc32: number
}

/** An image with more files that look wanted has none, or is read a second time. */
const mostGuesses = 16

/**
 * @returns by the names that `choose` gave
 * @throws {ImagingError} as readLayer and `choose` do
 */
export async function extractFiles(request: ExtractRequest): Promise<Map<string, ExtractedFile>> {
  const { layers, choose, directory } = request
  const likely: ExtractRequest['likely'] = (path) => taken.size < mostGuesses && request.likely(path)
  const tree = new FileTree()
  const taken = new Map<string, ExtractedFile>()
  const budget = { left: request.maxBytes }
  for (const [index] of layers.entries()) {
    await readOne(
      request,
      { index, budget, tree, wants: (entry, path) => entry.type === 'file' && likely(path) },
      taken,
    )
  }
  const chosen = choose(tree)
  // Behind a link, or at an unlikely place: read again what has them.
  const missing = [...chosen.values()].map(({ content }) => content).filter((content) => !taken.has(keyOf(content)))
  for (const index of new Set(missing.map(({ layer }) => layer))) {
    const ordinals = new Set(missing.filter(({ layer }) => layer === index).map(({ ordinal }) => ordinal))
    await readOne(request, { index, budget, wants: (entry) => ordinals.has(entry.ordinal) }, taken)
  }
  const files = new Map<string, ExtractedFile>()
  for (const [name, { content }] of chosen) {
    const found = taken.get(keyOf(content))
    if (found === undefined) throw new ImagingError('CorruptData', 'a layer of the image changed while it was read')
    const path = join(directory, name)
    await rename(found.path, path)
    files.set(name, { ...found, path })
  }
  await Promise.all([...taken.values()].map(({ path }) => rm(path, { force: true })))
  return files
}

interface Reading {
  index: number
  budget: { left: number }
  tree?: FileTree
  wants: (entry: LayerEntry, path: string) => boolean
}

async function readOne(request: ExtractRequest, reading: Reading, taken: Map<string, ExtractedFile>): Promise<void> {
  const { layers, directory, signal } = request
  const { index, budget, tree, wants } = reading
  const layer = layers[index]
  if (layer === undefined) return
  throwIfAborted(signal, 'unpacking the image')
  budget.left -= await readLayer({
    path: layer.path,
    what: `layer ${layer.digest}`,
    maxBytes: budget.left,
    ...(signal === undefined ? {} : { signal }),
    async onEntry(entry, content) {
      tree?.add(index, entry)
      const path = entry.path
        .split('/')
        .filter((part) => part !== '' && part !== '.')
        .join('/')
      if (!wants(entry, path)) return
      const at = { layer: index, ordinal: entry.ordinal }
      const target = join(directory, `part-${at.layer}-${at.ordinal}`)
      let checksum = 0
      async function* summed(): AsyncGenerator<Uint8Array> {
        for await (const piece of content) {
          checksum = crc32(piece, checksum)
          yield piece
        }
      }
      const { bytes } = await writeSparse(target, summed(), { purpose: 'unpacking the image' })
      taken.set(keyOf(at), { path: target, bytes, crc32: checksum })
    },
  })
}

function keyOf({ layer, ordinal }: { layer: number; ordinal: number }): string {
  return `${layer}/${ordinal}`
}
