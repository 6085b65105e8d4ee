import { describe, expect, it } from 'vitest'
import { exampleInstance } from '../testing/examples.ts'
import type { VirtualMachineInstanceSpec } from '../types/instance.ts'
import { placementChanges, restartRequiredMessage, type LiveAbilities } from './restart-required.ts'
import { semanticallyEqual } from './semantic-equality.ts'

const spec = (
  sockets: number,
  guest: string,
  more: Partial<VirtualMachineInstanceSpec> = {},
): VirtualMachineInstanceSpec => ({ domain: { cpu: { sockets }, memory: { guest }, devices: {} }, ...more })

const none: LiveAbilities = { cpuHotplug: false, memoryHotplug: false }
const all: LiveAbilities = { cpuHotplug: true, memoryHotplug: true }
const other = 'a non-live-updatable field was changed in the template spec'

function message(
  started: VirtualMachineInstanceSpec,
  current: VirtualMachineInstanceSpec,
  more: { abilities?: LiveAbilities; rollout?: 'LiveUpdate' | 'Stage'; running?: VirtualMachineInstanceSpec } = {},
): string | undefined {
  const { abilities = none, rollout = 'LiveUpdate', running = started } = more
  return restartRequiredMessage({
    started,
    current,
    instance: { ...exampleInstance('Running'), spec: running },
    abilities,
    rollout,
  })
}

describe('restartRequiredMessage', () => {
  it.each<[string, VirtualMachineInstanceSpec, string | undefined]>([
    ['nothing', spec(2, '1Gi'), undefined],
    ['an empty list', spec(2, '1Gi', { volumes: [] }), undefined],
    ['the same quantity in other words', spec(2, '1024Mi'), undefined],
    ['placement', spec(2, '1Gi', { nodeSelector: { a: 'b' }, tolerations: [{ operator: 'Exists' }] }), undefined],
    ['fewer sockets', spec(1, '1Gi'), 'Reduction of CPU socket count requires a restart'],
    ['more sockets', spec(3, '1Gi'), "CPU sockets updated in template spec to a value higher than what's available"],
    ['less memory', spec(2, '512Mi'), 'memory updated in template spec to a value lower than what the VM started with'],
    [
      'more memory',
      spec(2, '2Gi'),
      'memory updated in template spec. Memory-hotplug is only available for migratable VMs',
    ],
    ['another field', spec(2, '1Gi', { hostname: 'x' }), other],
    ['another field beside sockets', spec(3, '1Gi', { hostname: 'x' }), other],
  ])('%s', (_what, current, expected) => {
    expect(message(spec(2, '1Gi'), current)).toBe(expected)
  })

  it('asks for a restart for everything where changes are staged', () => {
    for (const current of [spec(3, '1Gi'), spec(2, '2Gi'), spec(2, '1Gi', { nodeSelector: { a: 'b' } })]) {
      expect(message(spec(2, '1Gi'), current, { rollout: 'Stage' })).toBe(other)
    }
  })

  it('leaves what can be plugged to those who plug it', () => {
    const running = spec(2, '1Gi')
    running.domain.cpu = { sockets: 2, maxSockets: 4 }
    running.domain.memory = { guest: '1Gi', maxGuest: '4Gi' }
    const ask = (current: VirtualMachineInstanceSpec) => message(spec(2, '1Gi'), current, { running, abilities: all })
    expect(ask(spec(4, '4Gi'))).toBeUndefined()
    expect(ask(spec(5, '1Gi'))).toMatch(/^CPU sockets updated/)
    expect(ask(spec(2, '5Gi'))).toMatch(/higher than what's available$/)
  })

  it('does not mind the UUID that the machine has anyway', () => {
    const started = spec(1, '1Gi')
    const uuid = '11111111-2222-4333-8444-555555555555'
    const current: VirtualMachineInstanceSpec = { ...started, domain: { ...started.domain, firmware: { uuid } } }
    expect(message(started, current, { running: current })).toBeUndefined()
    expect(message(started, current)).toBe(other)
  })
})

describe('placementChanges', () => {
  it('names the fields in which the instance is behind', () => {
    const instance = exampleInstance('Running')
    expect(placementChanges({ current: instance.spec, instance })).toEqual([])
    const current = { ...instance.spec, nodeSelector: { disk: 'ssd' }, tolerations: [] }
    expect(placementChanges({ current, instance })).toEqual(['nodeSelector'])
  })
})

describe('semanticallyEqual', () => {
  it.each<[unknown, unknown, boolean]>([
    [{ a: null }, {}, true],
    [{ rng: {} }, {}, false],
    [{ requests: { memory: '1Gi' } }, { requests: { memory: '1024Mi' } }, true],
    [{ requests: {} }, {}, true],
    [{ capacity: '1G' }, { capacity: '1Gi' }, false],
    [{ name: '1Gi' }, { name: '1024Mi' }, false],
    [[1, 2], [2, 1], false],
    [{ guest: 'x' }, { guest: 'y' }, false],
  ])('%j and %j: %s', (left, right, expected) => {
    expect(semanticallyEqual(left, right)).toBe(expected)
  })
})
