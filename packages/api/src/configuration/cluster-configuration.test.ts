import { describe, expect, it } from 'vitest'
import { defaultConfiguration, resolveConfiguration } from './cluster-configuration.ts'
import { gateEnabled, gateStages, gateWarning, productGates, type FeatureGate, type GateLists } from './gates.ts'

describe('feature gates', () => {
  const cases: [FeatureGate, GateLists, boolean][] = [
    ['NUMA', {}, true],
    ['NUMA', { disabledFeatureGates: ['NUMA'] }, true],
    ['VSOCK', {}, false],
    ['VSOCK', { featureGates: ['VSOCK'] }, true],
    ['VSOCK', { featureGates: ['VSOCK'], disabledFeatureGates: ['VSOCK'] }, true],
    ['Template', {}, true],
    ['Template', { disabledFeatureGates: ['Template'] }, false],
    ['MultiArchitecture', {}, false],
    ['HotplugVolumes', {}, true],
    ['HotplugVolumes', { featureGates: ['VSOCK'] }, true],
    ['HotplugVolumes', { disabledFeatureGates: ['HotplugVolumes'] }, false],
  ]
  it.each(cases)('%s with %o: %s', (gate, lists, on) => expect(gateEnabled(gate, lists)).toBe(on))

  it('has the seven of the product on', () => {
    expect(productGates.filter((gate) => !defaultConfiguration.enabled(gate))).toEqual([])
    expect(productGates).toHaveLength(7)
  })

  it.each([
    ['VSOCK', undefined],
    ['Snapshot', undefined],
    ['LiveMigration', 'feature gate LiveMigration is deprecated (feature state is "General Availability"), therefore'],
    ['HotplugVolumes', 'HotplugVolumes has been deprecated since v1.9.0'],
    ['Passt', 'Passt network binding is discontinued since v1.3.'],
    ['NoSuchGate', 'feature gate NoSuchGate is not known'],
    ['toString', 'feature gate toString is not known'],
  ])('%s warns: %s', (gate, text) => {
    if (text === undefined) expect(gateWarning(gate)).toBeUndefined()
    else expect(gateWarning(gate)).toContain(text)
  })

  it('knows the stages that clients ask for', () => {
    const beta = Object.entries(gateStages).filter(([, stage]) => stage === 'Beta')
    expect(beta.map(([name]) => name).toSorted()).toEqual(
      [
        'ImageVolume',
        'Snapshot',
        'WorkloadEncryptionSEV',
        'KubevirtSeccompProfile',
        'NodeRestriction',
        'GPUsWithDRA',
        'HostDevicesWithDRA',
        'DecentralizedLiveMigration',
        'DeclarativeHotplugVolumes',
        'PasstBinding',
        'PodSecondaryInterfaceNamingUpgrade',
        'ExternalNetResourceInjection',
        'RebootPolicy',
        'Template',
        'OptOutRoleAggregation',
      ].toSorted(),
    )
  })
})

describe('settings', () => {
  it.each([
    ['amd64', 'q35', ['q35*', 'pc-q35*']],
    ['arm64', 'virt', ['virt*']],
    ['s390x', 's390-ccw-virtio', ['s390-ccw-virtio*']],
    [undefined, 'q35', ['q35*', 'pc-q35*']],
  ])('machine types of %s', (architecture, type, allowed) => {
    expect(defaultConfiguration.machineType(architecture)).toBe(type)
    expect(defaultConfiguration.allowedMachineTypes(architecture)).toEqual(allowed)
  })

  it('takes the older setting for all architectures before the one of an architecture', () => {
    const own = { architectureConfiguration: { arm64: { machineType: 'virt-7.2', emulatedMachines: ['virt-7*'] } } }
    expect(resolveConfiguration(own).machineType('arm64')).toBe('virt-7.2')
    expect(resolveConfiguration(own).allowedMachineTypes('arm64')).toEqual(['virt-7*'])
    expect(resolveConfiguration(own).machineType('amd64')).toBe('q35')
    const both = resolveConfiguration({ ...own, machineType: 'pc-q35-7.2', emulatedMachines: ['*'] })
    expect(both.machineType('arm64')).toBe('pc-q35-7.2')
    expect(both.allowedMachineTypes('arm64')).toEqual(['*'])
  })

  it('binds by masquerade unless told otherwise', () => {
    expect(defaultConfiguration.defaultNetworkInterface).toBe('masquerade')
    expect(resolveConfiguration({ network: { defaultNetworkInterface: 'bridge' } }).defaultNetworkInterface).toBe(
      'bridge',
    )
  })

  it('disrupts workloads in a migration where post-copy is allowed, unless told otherwise', () => {
    expect(resolveConfiguration({ migrations: { allowPostCopy: true } }).migrations.allowWorkloadDisruption).toBe(true)
    const asked = resolveConfiguration({ migrations: { allowPostCopy: true, allowWorkloadDisruption: false } })
    expect(asked.migrations.allowWorkloadDisruption).toBe(false)
    expect(defaultConfiguration.migrations).toMatchObject({
      parallelMigrationsPerCluster: 5,
      parallelOutboundMigrationsPerNode: 2,
      completionTimeoutPerGiB: 150,
      nodeDrainTaintKey: 'kubevirt.io/drain',
    })
  })

  it('reads quantities that are written as numbers', () => {
    const { cpuRequest, liveUpdate } = resolveConfiguration({
      cpuRequest: 0.5,
      liveUpdateConfiguration: { maxGuest: '1024Mi' },
    })
    expect([cpuRequest, liveUpdate.maxGuest, liveUpdate.maxHotplugRatio]).toEqual(['500m', '1Gi', 4])
  })
})
