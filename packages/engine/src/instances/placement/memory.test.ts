import type { VirtualMachineInstance } from '@berth/api'
import type { Node } from '@berth/kube'
import { describe, expect, it } from 'vitest'
import { instanceOf } from '../../testing/manifests.ts'
import { freeMemory, overcommitment, wantedMemory } from './memory.ts'

const mebibyte = 1024 ** 2
const node: Node = {
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: 'a' },
  status: { allocatable: { memory: '1Gi' } },
}

type Domain = VirtualMachineInstance['spec']['domain']

function machine(uid: string, domain: Partial<Domain>, nodeName?: string): VirtualMachineInstance {
  const instance = instanceOf(uid, { domain: { devices: {}, ...domain } })
  instance.metadata.uid = uid
  instance.status = { phase: 'Running', ...(nodeName === undefined ? {} : { nodeName }) }
  return instance
}

const guest = { memory: { guest: '512Mi' } }
const overcommitted = { ...guest, resources: { requests: { memory: '128Mi' } } }

describe('what a machine asks of its node', () => {
  it.each<[string, Partial<Domain>, number, number]>([
    ["its guest's memory", guest, 100, 512],
    ['less, where it says so', overcommitted, 100, 128],
    ['less, where the cluster overcommits', guest, 200, 256],
    ['its own word before that of the cluster', overcommitted, 200, 128],
    ['nothing on huge pages', { memory: { guest: '512Mi', hugepages: { pageSize: '2Mi' } } }, 100, 0],
  ])('%s', (_what, domain, memoryOvercommit, mebibytes) => {
    expect(wantedMemory(machine('m', domain), { settings: { memoryOvercommit } })).toBe(mebibytes * mebibyte)
  })

  it('is what others do not get', () => {
    const instances = [
      machine('here', overcommitted, 'a'),
      machine('elsewhere', guest, 'b'),
      machine('coming', guest),
      { ...machine('ended', guest, 'a'), status: { phase: 'Failed' as const, nodeName: 'a' } },
    ]
    const free = freeMemory(node, machine('new', guest), { instances, placed: new Map([['coming', 'a']]) })
    expect(free).toBe((1024 - 128 - 512) * mebibyte)
  })
})

describe('guests that could use more than the node has', () => {
  const instances = [machine('x', overcommitted, 'a'), machine('y', overcommitted, 'a')]

  it('are told of, with what there is', () => {
    expect(overcommitment(node, machine('new', overcommitted), { instances })).toBe(
      'the guests of node a may use 1536Mi together, and it has 1Gi: when they do, the kernel ends some of them',
    )
  })

  it('are not seen where they fit', () => {
    expect(overcommitment(node, machine('new', overcommitted), { instances: instances.slice(0, 1) })).toBeUndefined()
  })
})
