import { describe, expect, it } from 'vitest'
import type { DomainSpec } from '../types/domain.ts'
import type { VirtualMachineInstancePreset } from '../types/group.ts'
import type { VirtualMachineInstance } from '../types/instance.ts'
import { applyPresets } from './presets.ts'

function preset(name: string, domain: Partial<DomainSpec>, app = 'web'): VirtualMachineInstancePreset {
  return {
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachineInstancePreset',
    metadata: { name, namespace: 'default' },
    spec: { selector: { matchLabels: { app } }, domain: { devices: {}, ...domain } },
  }
}

function instance(domain: Partial<DomainSpec> = {}, annotations: Record<string, string> = {}): VirtualMachineInstance {
  return {
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachineInstance',
    metadata: { name: 'one', namespace: 'default', labels: { app: 'web' }, annotations },
    spec: { domain: { devices: {}, ...domain } },
  }
}

const noted = (name: string): Record<string, string> => ({
  [`virtualmachinepreset.kubevirt.io/${name}`]: 'kubevirt.io/v1',
})

describe('presets', () => {
  it.each<[string, Partial<DomainSpec>, Partial<DomainSpec>, Partial<DomainSpec>, boolean]>([
    ['give processors', { cpu: { cores: 4 } }, {}, { cpu: { cores: 4 } }, true],
    ['leave those of the instance', { cpu: { cores: 4 } }, { cpu: { cores: 2 } }, { cpu: { cores: 2 } }, false],
    [
      'count where the instance says the same',
      { cpu: { cores: 4 } },
      { cpu: { cores: 4 } },
      { cpu: { cores: 4 } },
      true,
    ],
    [
      'give memory',
      { resources: { requests: { memory: '1Gi' } } },
      {},
      { resources: { requests: { memory: '1Gi' } } },
      true,
    ],
    [
      'give all requests or none',
      { resources: { requests: { memory: '1Gi', cpu: '2' } } },
      { resources: { requests: { memory: '1Gi' } } },
      { resources: { requests: { memory: '1Gi' } } },
      false,
    ],
    [
      'give a clock and its timers',
      { clock: { timezone: 'Europe/Berlin', timer: { pit: {} } } },
      {},
      { clock: { timezone: 'Europe/Berlin', timer: { pit: {} } } },
      true,
    ],
    [
      'give timers to a clock',
      { clock: { utc: {}, timer: { pit: {} } } },
      { clock: { timezone: 'Europe/Berlin' } },
      { clock: { timezone: 'Europe/Berlin', timer: { pit: {} } } },
      true,
    ],
    ['give a watchdog', { devices: { watchdog: { name: 'w' } } }, {}, { devices: { watchdog: { name: 'w' } } }, true],
    ['give nothing else', { devices: { rng: {} } }, {}, {}, false],
  ])('%s', (_name, given, own, wanted, applied) => {
    const subject = instance(own)
    expect(applyPresets(subject, [preset('p', given)])).toBeUndefined()
    expect(subject.spec.domain).toEqual({ devices: {}, ...wanted })
    expect(subject.metadata.annotations).toEqual(applied ? noted('p') : {})
  })

  it('touch no instance of other labels, and none that is excluded', () => {
    const other = instance()
    applyPresets(other, [preset('p', { cpu: { cores: 4 } }, 'db')])
    const exclude = { 'virtualmachineinstancepresets.admission.kubevirt.io/exclude': 'true' }
    const excluded = instance({}, exclude)
    applyPresets(excluded, [preset('p', { cpu: { cores: 4 } })])
    expect([other.spec.domain.cpu, excluded.spec.domain.cpu]).toEqual([undefined, undefined])
  })

  it('are refused where two of them contradict each other', () => {
    const presets = [preset('a', { cpu: { cores: 4 } }), preset('b', { cpu: { cores: 2 } })]
    const subject = instance()
    expect(applyPresets(subject, presets)).toBe(
      `VirtualMachinePresets cannot be applied due to conflicts: presets 'b' and 'a' conflict: spec.cpu: {"cores":2} != {"cores":4}`,
    )
    expect(subject.spec.domain.cpu).toBeUndefined()
  })

  it('add up', () => {
    const subject = instance()
    applyPresets(subject, [preset('a', { cpu: { cores: 4 } }), preset('b', { ioThreadsPolicy: 'auto' })])
    expect(subject.spec.domain).toMatchObject({ cpu: { cores: 4 }, ioThreadsPolicy: 'auto' })
    expect(subject.metadata.annotations).toEqual({ ...noted('a'), ...noted('b') })
  })

  it('with a selector that is none keep instances from being made, with the reason', () => {
    const wrong = preset('b', { cpu: { cores: 2 } })
    wrong.spec.selector = { matchExpressions: [{ key: 'app', operator: 'Like', values: ['w'] }] }
    const untouched = instance()
    expect(applyPresets(untouched, [preset('a', { cpu: { cores: 4 } }), wrong])).toBe(
      '"Like" is not a valid label selector operator',
    )
    expect(untouched).toEqual(instance())
  })
})
