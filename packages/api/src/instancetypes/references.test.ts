import { describe, expect, it } from 'vitest'
import type { DataSource, DataVolume } from '../types/data-volume.ts'
import type { DomainSpec } from '../types/domain.ts'
import type { Instancetype, Matcher, MatcherStatus, PreferenceSpec } from '../types/instancetype.ts'
import type { VirtualMachine, VirtualMachineSpec } from '../types/machine.ts'
import { inferMatchers, type InferenceLookups } from './inference.ts'
import { matcherAnnotations, matcherCauses, matcherScope } from './matchers.ts'
import { unmetRequirement } from './requirements.ts'
import { nextMatcherStatus, revisionOf } from './revisions.ts'

function machine(spec: Partial<VirtualMachineSpec>): VirtualMachine {
  return {
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachine',
    metadata: { name: 'vm', namespace: 'ns' },
    spec: { template: { spec: { domain: { devices: {} } } }, ...spec },
  }
}

describe('matchers', () => {
  it.each<[string | undefined, string | undefined]>([
    [undefined, 'cluster'],
    ['', 'cluster'],
    ['VirtualMachineClusterInstancetype', 'cluster'],
    ['virtualmachineclusterinstancetypes', 'cluster'],
    ['VirtualMachineInstancetype', 'namespaced'],
    ['virtualmachineInstancetypes', 'namespaced'],
    ['Pod', undefined],
  ])('kind %s is %s', (kind, scope) => {
    expect(matcherScope('instancetype', kind === undefined ? {} : { kind })).toBe(scope)
  })

  it.each<[string, Partial<VirtualMachineSpec>, Partial<VirtualMachineSpec> | undefined, string[]]>([
    ['a name', { instancetype: { name: 'a' } }, undefined, []],
    [
      'nothing',
      { preference: {} },
      undefined,
      ['Either Name or InferFromVolume should be provided within the PreferenceMatcher'],
    ],
    [
      'a name and a volume',
      { instancetype: { name: 'a', kind: 'b', inferFromVolume: 'v' } },
      undefined,
      [
        'Name already set, should be cleared before setting inferFromVolume',
        'Kind already set, should be cleared before setting inferFromVolume',
      ],
    ],
    [
      'an unknown policy',
      // As a client could send it.
      { preference: { inferFromVolume: 'v', inferFromVolumeFailurePolicy: 'Perhaps' } as unknown as Matcher },
      undefined,
      ["Invalid value 'Perhaps' for InferFromVolumeFailurePolicy"],
    ],
    [
      'a new name with the old revision',
      { instancetype: { name: 'b', revisionName: 'r' } },
      { instancetype: { name: 'a', revisionName: 'r' } },
      ['the Matcher Name has been updated without updating the RevisionName'],
    ],
    ['a new name without one', { instancetype: { name: 'b' } }, { instancetype: { name: 'a', revisionName: 'r' } }, []],
    [
      'a new name with its own',
      { instancetype: { name: 'b', revisionName: 's' } },
      { instancetype: { name: 'a', revisionName: 'r' } },
      [],
    ],
  ])('%s', (_name, now, before, messages) => {
    const previous = before === undefined ? undefined : machine(before)
    expect(matcherCauses(machine(now), previous).map(({ message }) => message)).toEqual(messages)
  })

  it('are told on the instance', () => {
    expect(
      matcherAnnotations(
        machine({ instancetype: { name: 'a', kind: 'virtualmachineinstancetype' }, preference: { name: 'b' } }).spec,
      ),
    ).toEqual({ 'kubevirt.io/instancetype-name': 'a', 'kubevirt.io/cluster-preference-name': 'b' })
  })
})

describe('requirements', () => {
  const needs = (
    requirements: NonNullable<PreferenceSpec['requirements']>,
    topology: NonNullable<PreferenceSpec['cpu']> = {},
  ): PreferenceSpec => ({ requirements, cpu: topology })
  const type = (guest: number, memory: string) => ({ cpu: { guest }, memory: { guest: memory } })
  const cases: [
    string,
    PreferenceSpec,
    ReturnType<typeof type> | undefined,
    Partial<DomainSpec>,
    string | undefined,
  ][] = [
    [
      'enough of an instance type',
      needs({ cpu: { guest: 2 }, memory: { guest: '1Gi' } }),
      type(2, '1024Mi'),
      {},
      undefined,
    ],
    [
      'too few processors of an instance type',
      needs({ cpu: { guest: 4 } }),
      type(2, '1Gi'),
      {},
      'spec.instancetype: insufficient CPU resources of 2 vCPU provided by instance type, preference requires 4 vCPU',
    ],
    [
      'too little memory of an instance type',
      needs({ memory: { guest: '2Gi' } }),
      type(2, '1024Mi'),
      {},
      'spec.instancetype: insufficient Memory resources of 1Gi provided by instance type, preference requires 2Gi',
    ],
    [
      'no memory',
      needs({ memory: { guest: '2Gi' } }),
      undefined,
      {},
      'spec.template.spec.domain.memory: insufficient Memory resources of 0 provided by VirtualMachine, preference requires 2Gi',
    ],
    [
      'no processors',
      needs({ cpu: { guest: 2 } }),
      undefined,
      {},
      'spec.template.spec.domain.cpu: no CPU resources provided by VirtualMachine, preference requires 2 vCPU',
    ],
    [
      'cores where sockets count',
      needs({ cpu: { guest: 2 } }),
      undefined,
      { cpu: { sockets: 1, cores: 2, threads: 1 } },
      'spec.template.spec.domain.cpu.sockets: insufficient CPU resources of 1 vCPU provided by VirtualMachine, preference requires 2 vCPU provided as sockets',
    ],
    [
      'cores where all count',
      needs({ cpu: { guest: 2 } }, { preferredCPUTopology: 'any' }),
      undefined,
      { cpu: { sockets: 1, cores: 2, threads: 1 } },
      undefined,
    ],
    [
      'threads where sockets and cores count',
      needs({ cpu: { guest: 2 } }, { preferredCPUTopology: 'spread' }),
      undefined,
      { cpu: { sockets: 1, cores: 1, threads: 2 } },
      'spec.template.spec.domain.cpu.sockets, spec.template.spec.domain.cpu.cores: insufficient CPU resources of 1 vCPU provided by VirtualMachine, preference requires 2 vCPU provided as SocketsCores',
    ],
    [
      'another architecture',
      needs({ architecture: 'arm64' }),
      undefined,
      {},
      'spec.template.spec.architecture: preference requires architecture arm64 but amd64 is being requested',
    ],
  ]
  it.each(cases)('%s', (_name, preference, instancetype, domain, message) => {
    const unmet = unmetRequirement(preference, instancetype, {
      architecture: 'amd64',
      domain: { devices: {}, ...domain },
    })
    expect(unmet === undefined ? undefined : `${unmet.field}: ${unmet.message}`).toBe(message)
  })
})

describe('inference', () => {
  const label = (name: string, kind?: string): Record<string, string> => ({
    'instancetype.kubevirt.io/default-instancetype': name,
    ...(kind === undefined ? {} : { 'instancetype.kubevirt.io/default-instancetype-kind': kind }),
  })
  const metadata = (name: string, labels: Record<string, string> = {}) => ({ name, labels })
  const volume = (name: string, spec: DataVolume['spec'], labels = {}): DataVolume => ({
    apiVersion: 'cdi.kubevirt.io/v1beta1',
    kind: 'DataVolume',
    metadata: metadata(name, labels),
    spec,
  })
  const source = (name: string, of: object, labels = {}): DataSource => ({
    apiVersion: 'cdi.kubevirt.io/v1beta1',
    kind: 'DataSource',
    metadata: metadata(name, labels),
    spec: { source: of },
  })
  const claims = new Map([
    ['ns/claim', label('by-claim')],
    ['ns/kind', label('by-claim', 'VirtualMachineInstancetype')],
    ['ns/bare', {}],
    ['images/claim', label('by-image')],
    ['ns/collected', label('by-name')],
  ])
  const volumes = new Map([
    ['ns/labelled', volume('labelled', {}, label('by-volume'))],
    ['ns/from-claim', volume('from-claim', { source: { pvc: { name: 'claim', namespace: 'images' } } as object })],
    [
      'ns/from-snapshot',
      volume('from-snapshot', { source: { snapshot: { name: 'snap', namespace: 'ns' } } as object }),
    ],
    [
      'ns/from-source',
      volume('from-source', { sourceRef: { kind: 'DataSource', name: 'labelled', namespace: 'images' } }),
    ],
    ['ns/from-http', volume('from-http', { source: { http: { url: 'http://x' } } })],
    ['ns/from-other', volume('from-other', { sourceRef: { kind: 'Other', name: 'x' } })],
  ])
  const sources = new Map([
    ['images/labelled', source('labelled', {}, label('by-source'))],
    ['ns/behind', source('behind', { pvc: { name: 'claim', namespace: 'images' } })],
    ['ns/nothing', source('nothing', { dataSource: { name: 'x' } })],
  ])
  const lookups: InferenceLookups = {
    claim: async (namespace, name) => {
      const labels = claims.get(`${namespace}/${name}`)
      return labels === undefined ? undefined : { metadata: { labels } }
    },
    dataVolume: async (namespace, name) => volumes.get(`${namespace}/${name}`),
    dataSource: async (namespace, name) => sources.get(`${namespace}/${name}`),
    volumeSnapshot: async (namespace, name) =>
      `${namespace}/${name}` === 'ns/snap' ? { metadata: { labels: label('by-snapshot') } } : undefined,
  }
  type Source = { claim: string } | { dataVolume: string } | { disk: true }
  const inferring = (of: Source, matcher: Matcher = {}): VirtualMachine =>
    machine({
      instancetype: { inferFromVolume: 'v', ...matcher },
      dataVolumeTemplates: [
        { metadata: { name: 'template' }, spec: { sourceRef: { kind: 'DataSource', name: 'behind' } } },
        { metadata: { name: 'empty-template' }, spec: { sourceRef: { kind: 'DataSource', name: 'nothing' } } },
      ],
      template: {
        spec: {
          domain: { devices: {}, memory: { guest: '1Gi' } },
          volumes: [
            {
              name: 'v',
              ...('claim' in of ? { persistentVolumeClaim: { claimName: of.claim } } : {}),
              ...('dataVolume' in of ? { dataVolume: { name: of.dataVolume } } : {}),
              ...('disk' in of ? { emptyDisk: { capacity: '1Gi' } } : {}),
            },
          ],
        },
      },
    })

  it.each<[Source, Matcher]>([
    [{ claim: 'claim' }, { name: 'by-claim' }],
    [{ claim: 'kind' }, { name: 'by-claim', kind: 'VirtualMachineInstancetype' }],
    [{ dataVolume: 'labelled' }, { name: 'by-volume' }],
    [{ dataVolume: 'from-claim' }, { name: 'by-image' }],
    [{ dataVolume: 'from-snapshot' }, { name: 'by-snapshot' }],
    [{ dataVolume: 'from-source' }, { name: 'by-source' }],
    [{ dataVolume: 'collected' }, { name: 'by-name' }],
    [{ dataVolume: 'template' }, { name: 'by-image' }],
  ])('%o is %o', async (of, matcher) => {
    const subject = inferring(of)
    expect(await inferMatchers(subject, lookups)).toBeUndefined()
    expect(subject.spec.instancetype).toEqual(matcher)
    expect(subject.spec.template.spec.domain.memory).toEqual({ guest: '1Gi' })
  })

  const missing = 'unable to find required instancetype.kubevirt.io/default-instancetype label on the volume'
  it.each<[Source, string, boolean]>([
    [{ claim: 'bare' }, missing, true],
    [{ claim: 'none' }, 'persistentvolumeclaims "none" not found', false],
    [{ disk: true }, 'unable to infer defaults from volume v as type is not supported', true],
    [
      { dataVolume: 'from-http' },
      'unable to infer defaults from DataVolumeSpec as DataVolumeSource is not supported',
      true,
    ],
    [
      { dataVolume: 'from-other' },
      'unable to infer defaults from DataVolumeSourceRef as Kind Other is not supported',
      true,
    ],
    [
      { dataVolume: 'empty-template' },
      "unable to infer defaults from DataSource that doesn't provide DataVolumeSourcePVC or DataVolumeSourceSnapshot",
      true,
    ],
  ])('%o is refused: %s', async (of, message, ignorable) => {
    expect(await inferMatchers(inferring(of), lookups)).toBe(message)
    const lenient = inferring(of, { inferFromVolumeFailurePolicy: 'Ignore' })
    expect(await inferMatchers(lenient, lookups)).toBe(ignorable ? undefined : message)
    expect(lenient.spec.instancetype === undefined).toBe(ignorable)
  })

  it('takes the memory of a machine that would do without', async () => {
    const subject = inferring({ claim: 'claim' }, { inferFromVolumeFailurePolicy: 'Ignore' })
    await inferMatchers(subject, lookups)
    expect(subject.spec.template.spec.domain.memory).toBeUndefined()
  })
})

describe('revisions', () => {
  it.each<[Matcher, MatcherStatus | undefined, MatcherStatus]>([
    [{ name: 'a' }, undefined, { name: 'a' }],
    [
      { name: 'a' },
      { name: 'a', controllerRevisionRef: { name: 'r' } },
      { name: 'a', controllerRevisionRef: { name: 'r' } },
    ],
    [{ name: 'b' }, { name: 'a', controllerRevisionRef: { name: 'r' } }, { name: 'b' }],
    [
      { name: 'a', kind: 'k' },
      { name: 'a', controllerRevisionRef: { name: 'r' } },
      { name: 'a', kind: 'k' },
    ],
    [
      { name: 'a', revisionName: 's' },
      { name: 'a', controllerRevisionRef: { name: 'r' } },
      { name: 'a', controllerRevisionRef: { name: 's' } },
    ],
  ])('%o after %o: %o', (matcher, status, next) => {
    expect(nextMatcherStatus(matcher, status)).toEqual(next)
  })

  it('are named after all that makes them', () => {
    const object: Instancetype = {
      apiVersion: 'instancetype.kubevirt.io/v1beta1',
      kind: 'VirtualMachineInstancetype',
      metadata: { name: 'small', namespace: 'ns', uid: 'u', generation: 3, labels: { a: 'b' } },
      spec: { cpu: { guest: 1 }, memory: { guest: '1Gi' } },
    }
    expect(revisionOf(object, 'vm')).toEqual({
      name: 'vm-small-v1beta1-u-3',
      labels: {
        'instancetype.kubevirt.io/object-generation': '3',
        'instancetype.kubevirt.io/object-kind': 'VirtualMachineInstancetype',
        'instancetype.kubevirt.io/object-name': 'small',
        'instancetype.kubevirt.io/object-uid': 'u',
        'instancetype.kubevirt.io/object-version': 'v1beta1',
      },
      data: {
        apiVersion: 'instancetype.kubevirt.io/v1beta1',
        kind: 'VirtualMachineInstancetype',
        metadata: { name: 'small', namespace: 'ns', uid: 'u', generation: 3 },
        spec: object.spec,
      },
    })
  })
})
