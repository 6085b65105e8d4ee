/** Which images of a storage lie on which, and what follows from it. Pure. */

import { isBaseImage } from '../storage/layout.ts'

export interface ImageNode {
  /** The image it lies on. */
  backing?: string
  /** On disk. */
  allocatedBytes: number
  /** Names of the same file; more than one when it belongs to somebody else, too. */
  links: number
}

export interface ImageGraph {
  images: ReadonlyMap<string, ImageNode>
  /** Images that guests write to, or will. */
  heads: ReadonlySet<string>
  /** Images that snapshots name. */
  snapshots: ReadonlySet<string>
  /** Images that work under way relies on. */
  pins: ReadonlySet<string>
  /** Images that running machines have in hand. */
  isUsed: (image: string) => boolean
}

/** The image and all it lies on, from the top. */
export function chainIn(images: ImageGraph['images'], image: string): string[] {
  const chain: string[] = []
  for (let file: string | undefined = image; file !== undefined && !chain.includes(file);) {
    chain.push(file)
    file = images.get(file)?.backing
  }
  return chain
}

/** Images that nothing needs any more. */
export function garbageOf(graph: ImageGraph): string[] {
  const needed = new Set<string>()
  const roots = [...graph.heads, ...graph.snapshots, ...graph.pins, ...[...graph.images.keys()].filter(graph.isUsed)]
  for (const root of roots) for (const image of chainIn(graph.images, root)) needed.add(image)
  return [...graph.images.keys()].filter((image) => !needed.has(image))
}

export function childrenOf(images: ImageGraph['images']): Map<string, string[]> {
  const children = new Map<string, string[]>()
  for (const [image, { backing }] of images)
    if (backing !== undefined) children.set(backing, [...(children.get(backing) ?? []), image])
  return children
}

/** The image and everything that lies on it. */
export function aboveOf(children: ReadonlyMap<string, readonly string[]>, image: string): string[] {
  return [image, ...(children.get(image) ?? []).flatMap((child) => aboveOf(children, child))]
}

export interface MergePair {
  /** Nobody needs it by itself: only `child` lies on it. */
  parent: string
  child: string
}

/**
 * Pairs that may become one image. An image that is somebody else's file, too, takes no room of its own and must not be written to; nor
 * must one that the next volume may be made from. One that work relies on is left alone, and so is what lies below it.
 */
export function mergePairs(graph: ImageGraph): MergePair[] {
  const children = childrenOf(graph.images)
  return [...graph.images].flatMap(([parent, { links }]) => {
    const [child, ...others] = children.get(parent) ?? []
    const isNamed = graph.heads.has(parent) || graph.snapshots.has(parent) || graph.pins.has(parent)
    if (child === undefined || others.length > 0 || isNamed || links > 1 || isBaseImage(parent)) return []
    return aboveOf(children, child).some((image) => graph.pins.has(image)) ? [] : [{ parent, child }]
  })
}
