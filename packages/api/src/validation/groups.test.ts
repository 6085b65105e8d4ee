import { applyMergePatch, type JsonObject } from '@berth/meta'
import { describe, expect, it } from 'vitest'
import { defaultConfiguration } from '../configuration/cluster-configuration.ts'
import { accepted, told } from '../testing/causes.ts'
import type {
  VirtualMachineInstancePreset,
  VirtualMachineInstanceReplicaSet,
  VirtualMachinePool,
} from '../types/group.ts'
import { validatePool, validatePreset, validateReplicaSet } from './groups.ts'

const context = { configuration: defaultConfiguration }
const labelled = { metadata: { labels: { app: 'web' } }, spec: accepted }
const named = { metadata: { name: 'x', namespace: 'default' } }

function object(kind: string, spec: JsonObject, change: JsonObject): unknown {
  return { apiVersion: 'kubevirt.io/v1', kind, ...named, spec: applyMergePatch(spec, change) }
}

const set = (change: JsonObject) =>
  object(
    'VirtualMachineInstanceReplicaSet',
    { selector: { matchLabels: { app: 'web' } }, template: labelled },
    change,
  ) as VirtualMachineInstanceReplicaSet

const pool = (change: JsonObject) =>
  object(
    'VirtualMachinePool',
    {
      selector: { matchLabels: { app: 'web' } },
      virtualMachineTemplate: {
        metadata: { labels: { app: 'web' } },
        spec: { runStrategy: 'Always', template: { spec: accepted } },
      },
    },
    change,
  ) as VirtualMachinePool

const preset = (spec: JsonObject) =>
  object('VirtualMachineInstancePreset', { selector: {} }, spec) as VirtualMachineInstancePreset

describe('a replica set', () => {
  it.each<[string, JsonObject, string[]]>([
    ['nothing', {}, []],
    ['no template', { template: null }, ['Required spec.template: missing virtual machine template.']],
    [
      'another label',
      { selector: { matchLabels: { app: 'db' } } },
      ['Invalid spec.selector: selector does not match labels.'],
    ],
    [
      'an operator',
      { selector: { matchExpressions: [{ key: 'app', operator: 'Like' }] } },
      ['Invalid spec.selector: "Like" is not a valid label selector operator'],
    ],
    [
      'a rule of instances',
      { template: { spec: { hostname: 'Bad_Name' } } },
      [expect.stringContaining('Invalid spec.template.spec.hostname: spec.template.spec.hostname does not conform')],
    ],
    [
      'a field nobody knows',
      { template: { metadata: { colour: 'red' } } },
      ['spec.template.metadata.colour in body is a forbidden property'],
    ],
    [
      'what would fail later',
      { template: { spec: { terminationGracePeriodSeconds: -1 } } },
      [expect.stringContaining('Invalid spec.template.spec.terminationGracePeriodSeconds')],
    ],
  ])('%s', (_what, change, causes) => {
    expect(validateReplicaSet(set(change), context).map(told)).toEqual(causes)
  })
})

describe('a pool', () => {
  const template = 'spec.virtualMachineTemplate'

  it.each<[string, JsonObject, string[]]>([
    ['nothing', { maxUnavailable: '25%', updateStrategy: { proactive: {} }, scaleInStrategy: { unmanaged: {} } }, []],
    ['no template', { virtualMachineTemplate: null }, ['Required spec.template: missing virtual machine template.']],
    [
      'no run strategy',
      { virtualMachineTemplate: { spec: { runStrategy: null } } },
      [`Invalid ${template}.spec.running: RunStrategy must be specified`],
    ],
    [
      'another label',
      { selector: { matchLabels: { app: 'db' } } },
      ['Invalid spec.selector: selector does not match labels.'],
    ],
    ['no machine', { maxUnavailable: 0 }, ['Invalid spec.maxUnavailable: maxUnavailable must be greater than 0']],
    [
      'a bare number',
      { maxUnavailable: '5' },
      ['Invalid spec.maxUnavailable: maxUnavailable percentage must end with %'],
    ],
    [
      'no number',
      { maxUnavailable: 'x%' },
      [
        'Invalid spec.maxUnavailable: maxUnavailable percentage value "x" is invalid: strconv.Atoi: parsing "x": invalid syntax',
      ],
    ],
    [
      'too much',
      { maxUnavailable: '101%' },
      ['Invalid spec.maxUnavailable: maxUnavailable percentage value 101 must be between 1 and 100'],
    ],
    [
      'two strategies',
      { updateStrategy: { proactive: {}, unmanaged: {} }, scaleInStrategy: { proactive: {}, opportunistic: {} } },
      [
        'Invalid spec.updateStrategy: only one strategy can be configured at a time: but found unmanaged, proactive strategies',
        'Invalid spec.scaleInStrategy: only one strategy can be configured at a time: but found opportunistic, proactive strategies',
      ],
    ],
  ])('%s', (_what, change, causes) => {
    expect(validatePool(pool(change), context).map(told)).toEqual(causes)
  })

  it('keeps its selector', () => {
    const change = {
      selector: { matchLabels: { tier: 'a' } },
      virtualMachineTemplate: { metadata: { labels: { tier: 'a' } } },
    }
    expect(validatePool(pool(change), { ...context, previous: pool({}) }).map(told)).toEqual([
      'Invalid spec.selector: selector is immutable after creation.',
    ])
  })
})

describe('a preset', () => {
  it.each<[string, JsonObject, string[]]>([
    ['nothing', { domain: { cpu: { cores: 2 } } }, []],
    ['no domain', {}, ['Required spec.domain: missing domain.']],
    [
      'rules of disks and firmware',
      {
        domain: {
          devices: { disks: [{ name: 'a', disk: { bus: 'ide' } }] },
          firmware: { bootloader: { efi: {}, bios: {} } },
        },
      },
      [
        'Invalid spec.domain.devices.disks[0].disk.bus: IDE bus is not supported',
        'Invalid spec.domain.firmware.bootloader: spec.domain.firmware.bootloader has both EFI and BIOS configured, but they are mutually exclusive.',
      ],
    ],
  ])('%s', (_what, spec, causes) => {
    expect(validatePreset(preset(spec)).map(told)).toEqual(causes)
  })
})
