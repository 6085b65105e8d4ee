/** Expected causes are those of KubeVirt's own webhook for the same manifest. */

import { describe, expect, it } from 'vitest'
import { instanceCauses, type Row } from '../testing/causes.ts'

const rows: Row[] = [
  [
    'machine type',
    { domain: { machine: { type: 'pc-i440fx' } } },
    [
      'Invalid spec.domain.machine.type: spec.domain.machine.type is not supported: pc-i440fx (allowed values: [q35* pc-q35*])',
    ],
  ],
  [
    'machine type of another architecture',
    { domain: { machine: { type: 'virt' } } },
    [
      'Invalid spec.domain.machine.type: spec.domain.machine.type is not supported: virt (allowed values: [q35* pc-q35*])',
    ],
  ],
  [
    'machine type by the configuration',
    { domain: { machine: { type: 'pc-q35-7.2' } } },
    ['Invalid spec.domain.machine.type: spec.domain.machine.type is not supported: pc-q35-7.2 (allowed values: [q35])'],
    { architectureConfiguration: { amd64: { emulatedMachines: ['q35'] } } },
  ],
  [
    'ACPI tables without names',
    { domain: { firmware: { acpi: {} } } },
    ['Invalid spec.acpi: ACPI was set but no SLIC nor MSDM volume reference was set'],
  ],
  [
    'ACPI tables of no volume',
    { domain: { firmware: { acpi: { slicNameRef: 'x', msdmNameRef: 'root' } } } },
    [
      'Invalid spec.acpi.slicNameRef: spec.acpi does not have a matching Volume.',
      'Invalid spec.acpi.msdmNameRef: spec.acpi refers to Volume of unsupported type.',
    ],
  ],
  [
    'both boot loaders',
    { domain: { firmware: { bootloader: { bios: {}, efi: { secureBoot: false } } } } },
    [
      'Invalid spec.domain.firmware.bootloader: spec.domain.firmware.bootloader has both EFI and BIOS configured, but they are mutually exclusive.',
    ],
  ],
  [
    'Secure Boot without SMM',
    { domain: { firmware: { bootloader: { efi: {} } } } },
    [
      'Invalid spec.domain: spec.domain has EFI SecureBoot enabled. SecureBoot requires SMM, which is currently disabled.',
    ],
  ],
  [
    'Secure Boot with SMM off',
    { domain: { firmware: { bootloader: { efi: { secureBoot: true } } }, features: { smm: { enabled: false } } } },
    [
      'Invalid spec.domain: spec.domain has EFI SecureBoot enabled. SecureBoot requires SMM, which is currently disabled.',
    ],
  ],
  [
    'kernel arguments alone',
    { domain: { firmware: { kernelBoot: { kernelArgs: 'quiet' } } } },
    [
      'Invalid spec.domain.firmware.kernelBoot.kernelArgs: kernel arguments cannot be provided without an external kernel',
    ],
  ],
  [
    'kernel without image and path',
    { domain: { firmware: { kernelBoot: { container: { image: '' } } } } },
    [
      'Required spec.domain.firmware.kernelBoot.container.image: spec.domain.firmware.kernelBoot.container must be defined with an image',
      'Required spec.domain.firmware.kernelBoot.container: spec.domain.firmware.kernelBoot.container must be defined with at least one of the following: kernelPath, initrdPath',
    ],
  ],
  [
    'paths of kernel and initrd',
    { domain: { firmware: { kernelBoot: { container: { image: 'i', kernelPath: 'vmlinuz', initrdPath: '/' } } } } },
    [
      'Invalid spec.domain.firmware.kernelBoot.container.kernelPath: spec.domain.firmware.kernelBoot.container.kernelPath must be an absolute path to a file without relative components',
      'Invalid spec.domain.firmware.kernelBoot.container.initrdPath: spec.domain.firmware.kernelBoot.container.initrdPath must not point to root',
    ],
  ],
]

describe('admission of machine type and firmware', () => {
  it.each(rows)('%s', (_rule, change, causes, configuration) => {
    expect(instanceCauses(change, configuration)).toEqual(causes)
  })
})
