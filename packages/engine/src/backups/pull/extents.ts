/** What a client is told of the parts of a disk: alike neighbours joined, a page at a time. Flags and words are KubeVirt's. */

import type { BlockStatus } from '@berth/imaging'

export interface MapExtent {
  offset: number
  length: number
  /** In a full backup 1 is a hole and 2 reads as zeros; in an incremental one 1 has changed and 2 reads as zeros. */
  type: number
  description: string
}

export interface MapPage {
  extents: MapExtent[]
  /** Where the next page begins. */
  next_offset: number | null
}

const words = {
  Full: ['data', 'hole', 'zero', 'hole,zero'],
  Incremental: ['clean', 'dirty', 'zero', 'dirty,zero'],
} as const

export async function mapPage(
  parts: AsyncIterable<BlockStatus>,
  { kind, most }: { kind: 'Full' | 'Incremental'; most: number },
): Promise<MapPage> {
  const extents: MapExtent[] = []
  for await (const { offset, length, hole, zero, dirty } of parts) {
    const type = ((kind === 'Full' ? hole : dirty) ? 1 : 0) + (zero ? 2 : 0)
    const last = extents.at(-1)
    if (last?.type === type) last.length += length
    else if (extents.length === most) return { extents, next_offset: offset }
    else extents.push({ offset, length, type, description: words[kind][type] ?? '' })
  }
  return { extents, next_offset: null }
}
