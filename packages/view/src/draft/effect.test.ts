import { expect, test } from 'vitest'
import type { VirtualMachineInstance } from '@berth/api'
import type { Json, JsonObject } from '@berth/meta'
import { changesBetween } from './changes.ts'
import { effectOfChange, effectOfField, type EffectContext } from './effect.ts'
import { changedAt, valueAt, type DraftPath } from './path.ts'

const spec = ['spec', 'template', 'spec']
const before: JsonObject = {
  apiVersion: 'kubevirt.io/v1',
  kind: 'VirtualMachine',
  metadata: { name: 'web' },
  spec: {
    template: {
      spec: {
        domain: { cpu: { sockets: 1, maxSockets: 4 }, memory: { guest: '1Gi', maxGuest: '4Gi' }, devices: {} },
        volumes: [
          { name: 'root', containerDisk: { image: 'x' } },
          { name: 'more', dataVolume: { name: 'more', hotpluggable: true } },
        ],
      },
    },
  },
}
const instance = {
  apiVersion: 'kubevirt.io/v1',
  kind: 'VirtualMachineInstance',
  metadata: { name: 'web' },
  spec: valueAt(before, spec) as unknown as VirtualMachineInstance['spec'],
} satisfies VirtualMachineInstance
const live: EffectContext = { instance, rollout: 'LiveUpdate', abilities: { cpuHotplug: true, memoryHotplug: true } }
const fixed: EffectContext = { ...live, abilities: { cpuHotplug: false, memoryHotplug: false } }
const staged: EffectContext = { ...live, rollout: 'Stage' }
const stopped: EffectContext = { ...live, instance: undefined }

test.each<[string, DraftPath, Json, EffectContext, string]>([
  ['a label', ['metadata', 'labels'], { a: 'b' }, live, 'now'],
  ['the run strategy', ['spec', 'runStrategy'], 'Halted', live, 'now'],
  ['a label of the template', ['spec', 'template', 'metadata', 'labels'], { a: 'b' }, live, 'next-start'],
  ['more sockets', [...spec, 'domain', 'cpu', 'sockets'], 2, live, 'now'],
  ['more sockets here', [...spec, 'domain', 'cpu', 'sockets'], 2, fixed, 'restart'],
  ['more sockets, staged', [...spec, 'domain', 'cpu', 'sockets'], 2, staged, 'restart'],
  ['more sockets, stopped', [...spec, 'domain', 'cpu', 'sockets'], 2, stopped, 'now'],
  ['more memory', [...spec, 'domain', 'memory', 'guest'], '2Gi', live, 'now'],
  ['more memory here', [...spec, 'domain', 'memory', 'guest'], '2Gi', fixed, 'restart'],
  ['cores', [...spec, 'domain', 'cpu', 'cores'], 2, live, 'restart'],
  ['a node selector', [...spec, 'nodeSelector'], { disk: 'fast' }, live, 'now'],
  ['a node selector, staged', [...spec, 'nodeSelector'], { disk: 'fast' }, staged, 'restart'],
  ['a hostname', [...spec, 'hostname'], 'web', live, 'restart'],
  ['the instance type', ['spec', 'instancetype'], { name: 'u1.small' }, live, 'restart'],
])('%s: a field and its change agree', (_what, path, value, context, expected) => {
  expect(effectOfField(path, context, value)).toBe(expected)
  const after = changedAt(before, path, value)
  const changes = changesBetween(before, after)
  for (const change of changes) expect(effectOfChange(change, { before, changes, context })).toBe(expected)
})

test.each([
  ['fewer sockets than it has, or more than it can have', [...spec, 'domain', 'cpu', 'sockets'], 9],
  ['less memory than at its start', [...spec, 'domain', 'memory', 'guest'], '512Mi'],
])('%s wait for a restart', (_what, path, value) => {
  const changes = changesBetween(before, changedAt(before, path, value))
  for (const change of changes) expect(effectOfChange(change, { before, changes, context: live })).toBe('restart')
})

test('a disk that comes with a hot-pluggable volume comes at once', () => {
  const volume = { name: 'data', persistentVolumeClaim: { claimName: 'data', hotpluggable: true } }
  const withVolume = changedAt(before, [...spec, 'volumes', { name: 'data' }], volume)
  const after = changedAt(withVolume, [...spec, 'domain', 'devices', 'disks', { name: 'data' }, 'disk'], {
    bus: 'scsi',
  })
  const changes = changesBetween(before, after)
  expect(changes.length).toBeGreaterThan(1)
  for (const change of changes) expect(effectOfChange(change, { before, changes, context: fixed })).toBe('now')
})
