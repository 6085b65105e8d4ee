import type { VirtualMachineInstance } from '@berth/api'
import type { Node } from '@berth/kube'
import { expect, it } from 'vitest'
import { instanceOf } from '../../testing/manifests.ts'
import { chooseNode } from '../scheduler.ts'
import { scarceProblem } from './scarce.ts'

function machine(
  uid: string,
  domain: Partial<VirtualMachineInstance['spec']['domain']>,
  nodeName?: string,
): VirtualMachineInstance {
  const instance = instanceOf(uid, { domain: { devices: {}, ...domain } })
  instance.metadata.uid = uid
  instance.status = { phase: 'Running', ...(nodeName === undefined ? {} : { nodeName }) }
  return instance
}

const node = (name: string): Node => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name },
  status: {
    allocatable: { cpu: '4', memory: '1Gi', 'hugepages-2Mi': '64Mi' },
    conditions: [{ type: 'Ready', status: 'True' }],
  },
})

const pinned = (cores: number, isolateEmulatorThread = false) => ({
  cpu: { cores, dedicatedCpuPlacement: true, isolateEmulatorThread },
})
const paged = (guest: string, pageSize = '2Mi') => ({ memory: { guest, hugepages: { pageSize } } })

it.each<[string, VirtualMachineInstance, VirtualMachineInstance[], string | undefined]>([
  ['nothing special', machine('new', {}), [machine('a', pinned(3), 'one')], undefined],
  ['all processors but one', machine('new', pinned(3)), [], undefined],
  ['the processor of the host too', machine('new', pinned(4)), [], 'Insufficient cpu'],
  ['one for the emulator', machine('new', pinned(3, true)), [], 'Insufficient cpu'],
  [
    'what another node of the host has',
    machine('new', pinned(2)),
    [machine('a', pinned(2), 'two')],
    'Insufficient cpu',
  ],
  ['what it has itself', machine('new', pinned(3)), [machine('new', pinned(3), 'one')], undefined],
  ['pages there are', machine('new', paged('64Mi')), [], undefined],
  ['more pages than there are', machine('new', paged('66Mi')), [], 'Insufficient hugepages-2Mi'],
  ['pages in use', machine('new', paged('34Mi')), [machine('a', paged('32Mi'), 'one')], 'Insufficient hugepages-2Mi'],
  ['pages in use elsewhere', machine('new', paged('64Mi')), [machine('a', paged('64Mi'), 'two')], undefined],
  ['pages of another size', machine('new', paged('1Gi', '1Gi')), [], 'Insufficient hugepages-1Gi'],
])('%s', (_what, instance, instances, problem) => {
  expect(scarceProblem(node('one'), instance, { instances })).toBe(problem)
})

it('memory in huge pages is not taken from the rest', () => {
  const instances = [machine('a', paged('64Mi'), 'one')]
  const wanted = machine('new', { memory: { guest: '1Gi' } })
  expect(chooseNode(wanted, { nodes: [node('one')], instances })).toEqual({ node: 'one' })
})
