import { expect, it } from 'vitest'
import { mergePairs, type ImageGraph } from './graph.ts'

const graph = (below: string, links = 1): ImageGraph => ({
  images: new Map([
    [below, { allocatedBytes: 1, links }],
    ['head.qcow2', { allocatedBytes: 1, links: 1, backing: below }],
  ]),
  heads: new Set(['head.qcow2']),
  snapshots: new Set(),
  pins: new Set(),
  isUsed: () => false,
})

it.each([
  ['a layer that nothing else lies on', graph('layer.qcow2'), 1],
  ['a file that has another name', graph('layer.qcow2', 2), 0],
  ['what the next volume may be made from', graph('golden-0123-4567.qcow2'), 0],
])('of %s and its child may become one image: %#', (_what, images, pairs) => {
  expect(mergePairs(images)).toHaveLength(pairs)
})
