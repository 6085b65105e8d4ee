import type { VirtualMachineInstance } from '@berth/api'
import type { Node } from '@berth/kube'
import { expect, it } from 'vitest'
import { instanceOf } from '../testing/manifests.ts'
import { guestMemoryBytes } from './guest-memory.ts'
import { chooseNode } from './scheduler.ts'

const mebibyte = 1024 ** 2

function node(
  name: string,
  more: { memory?: string; ready?: boolean; cordoned?: boolean; labels?: Record<string, string> } = {},
): Node {
  const { memory = '1Gi', ready = true, cordoned = false, labels = {} } = more
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels },
    ...(cordoned ? { spec: { unschedulable: true } } : {}),
    status: {
      allocatable: { memory },
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
    },
  }
}

function placed(
  uid: string,
  nodeName: string | undefined,
  guest: string,
  phase: 'Running' | 'Failed' = 'Running',
): VirtualMachineInstance {
  const instance = instanceOf(uid, { domain: { memory: { guest }, devices: {} } })
  instance.metadata.uid = uid
  instance.status = { phase, ...(nodeName === undefined ? {} : { nodeName }) }
  return instance
}

const wanted = (guest: string, nodeSelector?: Record<string, string>): VirtualMachineInstance => {
  const instance = instanceOf('new', {
    domain: { memory: { guest }, devices: {} },
    ...(nodeSelector === undefined ? {} : { nodeSelector }),
  })
  instance.metadata.uid = 'new'
  return instance
}

it.each<[string, Parameters<typeof chooseNode>, string | undefined, string | undefined]>([
  ['the only one', [wanted('512Mi'), { nodes: [node('a')], instances: [] }], 'a', undefined],
  ['the first of equals', [wanted('1Mi'), { nodes: [node('b'), node('a')], instances: [] }], 'a', undefined],
  [
    'the emptiest',
    [wanted('1Mi'), { nodes: [node('a'), node('b')], instances: [placed('x', 'a', '1Mi')] }],
    'b',
    undefined,
  ],
  [
    'one that a finished instance left',
    [wanted('1Gi'), { nodes: [node('a')], instances: [placed('x', 'a', '1Gi', 'Failed')] }],
    'a',
    undefined,
  ],
  [
    'the place it has itself',
    [wanted('1Gi'), { nodes: [node('a')], instances: [placed('new', 'a', '1Gi')] }],
    'a',
    undefined,
  ],
  [
    'none that was promised a moment ago',
    [wanted('1Gi'), { nodes: [node('a')], instances: [placed('x', undefined, '1Gi')], placed: new Map([['x', 'a']]) }],
    undefined,
    '0/1 nodes are available: 1 Insufficient memory.',
  ],
  [
    'the one with the labels',
    [wanted('1Mi', { disk: 'ssd' }), { nodes: [node('a'), node('b', { labels: { disk: 'ssd' } })], instances: [] }],
    'b',
    undefined,
  ],
  [
    'none, and says why of each',
    [
      wanted('2Gi', { disk: 'ssd' }),
      {
        nodes: [
          node('a', { cordoned: true }),
          node('b', { ready: false }),
          node('c'),
          node('d', { labels: { disk: 'ssd' } }),
        ],
        instances: [],
      },
    ],
    undefined,
    "0/4 nodes are available: 1 node(s) were unschedulable, 1 node(s) were not ready, 1 node(s) didn't match Pod's node affinity/selector, 1 Insufficient memory.",
  ],
  [
    'none where there is none',
    [wanted('1Mi'), { nodes: [], instances: [] }],
    undefined,
    '0/0 nodes are available: no node is registered.',
  ],
])('chooses %s', (_what, input, name, why) => {
  expect(chooseNode(...input)).toEqual(name === undefined ? { node: undefined, why } : { node: name })
})

it.each<[object, number]>([
  [{ memory: { guest: '64Mi' }, resources: { requests: { memory: '1Gi' } } }, 64 * mebibyte],
  [{ resources: { requests: { memory: '1Gi' } } }, 1024 * mebibyte],
  [{ resources: { limits: { memory: '2Gi' } } }, 2048 * mebibyte],
  [{ memory: { hugepages: { pageSize: '2Mi' } } }, 2 * mebibyte],
  [{}, 0],
])('reads the memory of %j', (domain, bytes) => {
  expect(guestMemoryBytes(instanceOf('x', { domain: { devices: {}, ...domain } }))).toBe(bytes)
})
