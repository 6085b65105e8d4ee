import { describe, expect, it } from 'vitest'
import type { Schema } from '@berth/meta'
import { kubevirtSchemas } from '../generated/kubevirt.ts'
import { unhonoured } from '../honoured/unhonoured.ts'
import type { KubeVirtConfiguration, KubeVirtSpec } from '../types/kubevirt.ts'
import { ineffective, ineffectiveSettings, kubeVirtTable } from './settings-table.ts'
import { kubeVirtWarnings, validateKubeVirt } from './validate-kubevirt.ts'

const host = { architecture: 'amd64', uefi: false, hostDiskDirectories: [] } as const

describe('what a KubeVirt resource may not say', () => {
  const cases: [KubeVirtSpec, string][] = [
    [
      { configuration: { additionalGuestMemoryOverheadRatio: '0.9' } },
      'ratio provided, 0.9, cannot be smaller than 1.0',
    ],
    [
      { configuration: { additionalGuestMemoryOverheadRatio: 'much' } },
      'ratio provided, much, cannot be parsed into float',
    ],
    [
      { configuration: { developerConfiguration: { featureGates: ['VSOCK'], disabledFeatureGates: ['VSOCK'] } } },
      'feature gate "VSOCK" exists on both "FeatureGates" and "DisabledFeatureGates"',
    ],
    [
      {
        configuration: {
          roleAggregationStrategy: 'Manual',
          developerConfiguration: { disabledFeatureGates: ['OptOutRoleAggregation'] },
        },
      },
      'RoleAggregationStrategy cannot be set to Manual without enabling the OptOutRoleAggregation feature gate',
    ],
    [
      { configuration: { migrations: { maxDowntimeMs: 100 } } },
      'maxDowntimeMs cannot be modified without enabling the MigrationStallDetection or MigrationDowntimeTuning feature gate',
    ],
    [
      { configuration: { tlsConfiguration: { ciphers: ['TLS_AES_128_GCM_SHA256'] } } },
      'You cannot specify ciphers when spec.configuration.tlsConfiguration.minTLSVersion is empty or VersionTLS13',
    ],
    [
      { configuration: { seccompConfiguration: { virtualMachineInstanceProfile: {} } } },
      'spec.configuration.seccompConfiguration.virtualMachineInstanceProfile.customProfile needs to be set',
    ],
    [{ infra: { replicas: 0 } }, "infra replica count can't be 0"],
    [{ customizeComponents: { patches: [{ patch: '{' }] } }, 'patch "{" is not valid JSON'],
    [
      { certificateRotateStrategy: { selfSigned: { ca: { duration: '1h', renewBefore: '2h' } } } },
      'CA RenewBefore cannot exceed Duration',
    ],
    [
      { certificateRotateStrategy: { selfSigned: { server: { duration: '200h' } } } },
      'Certificate duration cannot exceed CA',
    ],
    [
      { certificateRotateStrategy: { selfSigned: { caRotateInterval: '48h', ca: { duration: '48h' } } } },
      'caRotateInterval, certRotateInterval and caOverlapInterval are deprecated and conflict',
    ],
  ]
  it.each(cases)('%o', (spec, message) => {
    expect(
      validateKubeVirt({ spec }, undefined)
        .map((cause) => cause.message)
        .join('\n'),
    ).toContain(message)
  })

  it.each<[string, KubeVirtSpec]>([
    ['an empty one', {}],
    [
      'one as KubeVirt publishes it',
      { certificateRotateStrategy: {}, customizeComponents: {}, workloadUpdateStrategy: {} },
    ],
    [
      'rotation as people write it',
      { certificateRotateStrategy: { selfSigned: { ca: { duration: '48h', renewBefore: '24h' } } } },
    ],
  ])('accepts %s', (_name, spec) => {
    expect(validateKubeVirt({ spec }, undefined)).toEqual([])
    expect(unhonoured('KubeVirt', spec, host)).toEqual([])
    expect(ineffectiveSettings(spec, undefined).filter((text) => !text.includes('certificate'))).toEqual([])
  })

  it('lets stand what was accepted earlier', () => {
    const spec = { configuration: { migrations: { maxDowntimeMs: 100 } } }
    expect(validateKubeVirt({ spec }, { spec })).toEqual([])
  })
})

describe('warnings', () => {
  const gates = (featureGates: string[]): KubeVirtSpec => ({
    configuration: { developerConfiguration: { featureGates } },
  })

  it('come for gates that need not be listed, and for those nobody knows', () => {
    expect(kubeVirtWarnings({ spec: gates(['VSOCK', 'LiveMigration', 'Mystery']) }, undefined)).toEqual([
      expect.stringContaining('feature gate LiveMigration is deprecated'),
      expect.stringContaining('feature gate Mystery is not known'),
    ])
    expect(kubeVirtWarnings({ spec: gates(['Mystery']) }, { spec: gates(['Mystery']) })).toEqual([])
  })

  it('come for settings that change nothing here, once', () => {
    const configuration: KubeVirtConfiguration = { migrations: { parallelMigrationsPerCluster: 1 } }
    expect(ineffectiveSettings({ configuration, infra: {} }, undefined)).toEqual([
      'spec.configuration.migrations has no effect: machines of the embedded engine do not move between hosts',
    ])
    expect(ineffectiveSettings({ configuration }, { configuration })).toEqual([])
  })
})

describe('the table of settings', () => {
  const properties = (name: string): string[] => {
    const schema: Schema | undefined = kubevirtSchemas[name]
    return Object.keys(schema?.properties ?? {})
  }
  const paths = [
    ...properties('io.kubevirt.v1.KubeVirtSpec').filter((name) => name !== 'configuration'),
    ...properties('io.kubevirt.v1.KubeVirtConfiguration').map((name) => `configuration.${name}`),
    ...properties('io.kubevirt.v1.DeveloperConfiguration').map(
      (name) => `configuration.developerConfiguration.${name}`,
    ),
    ...properties('io.kubevirt.v1.NetworkConfiguration').map((name) => `configuration.network.${name}`),
  ]

  it('has a word on every field', () => {
    const known = Object.keys(kubeVirtTable)
    const missing = paths.filter(
      (path) => !known.some((entry) => entry === path || entry.startsWith(`${path}.`) || entry.startsWith(`${path}[`)),
    )
    expect(missing).toEqual([])
  })

  it('warns only of what it takes', () => {
    const taken = (path: string): boolean => kubeVirtTable[path]?.kind === 'yes'
    expect(ineffective.filter(([path]) => !taken(path))).toEqual([])
  })
})
