/** Expected causes are those of KubeVirt's own webhook for the same manifest. */

import { describe, expect, it } from 'vitest'
import { instanceCauses, type Row } from '../testing/causes.ts'

const rows: Row[] = [
  [
    'launch security of two types',
    { domain: { launchSecurity: { sev: {}, snp: {} } } },
    ['Forbidden spec.launchSecurity: One and only one launchSecurity type can be set'],
  ],
  [
    'launch security without the gate',
    { domain: { launchSecurity: { tdx: {} } } },
    ['Invalid spec.launchSecurity: WorkloadEncryptionTDX feature gate is not enabled in kubevirt-config'],
  ],
  [
    'SEV without UEFI',
    {
      domain: {
        launchSecurity: { sev: { attestation: {} } },
        devices: { interfaces: [{ name: 'default', masquerade: {}, bootOrder: 1 }] },
      },
    },
    [
      'Invalid spec.launchSecurity: SEV requires OVMF (UEFI)',
      "Invalid spec.launchSecurity: SEV attestation requires VMI StartStrategy 'Paused'",
      'Invalid spec.launchSecurity: SEV does not work with bootable NICs: default',
    ],
  ],
  [
    'SNP with Secure Boot',
    {
      domain: {
        launchSecurity: { snp: {} },
        features: { smm: {} },
        firmware: { bootloader: { efi: { persistent: true } } },
      },
    },
    [
      'Invalid spec.launchSecurity: SNP does not work along with SecureBoot',
      'Invalid spec.launchSecurity: SNP does not work along with Persistent EFI variables',
    ],
  ],
  [
    'TDX with SMM',
    {
      domain: {
        launchSecurity: { tdx: {} },
        features: { smm: {} },
        firmware: { bootloader: { efi: { persistent: true } } },
      },
    },
    [
      'Invalid spec.launchSecurity: TDX does not work along with SMM',
      'Invalid spec.launchSecurity: TDX does not work along with Persistent EFI variables',
    ],
    { developerConfiguration: { featureGates: ['WorkloadEncryptionTDX'] } },
  ],
  [
    'launch security on arm64',
    { architecture: 'arm64', domain: { machine: { type: 'virt' }, launchSecurity: { sev: {} } } },
    ['Invalid spec.architecture: No launchSecurity support for architecture: arm64'],
  ],
]

describe('admission of encrypted guests', () => {
  it.each(rows)('%s', (_rule, change, causes, configuration) => {
    expect(instanceCauses(change, configuration)).toEqual(causes)
  })
})
