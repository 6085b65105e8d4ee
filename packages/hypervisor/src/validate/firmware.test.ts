import { describe, expect, it } from 'vitest'
import type { FirmwareSpec } from '../spec/firmware.ts'
import { validateFirmware } from './firmware.ts'

const bios: FirmwareSpec = { firmware: { kind: 'bios' } }

describe('validateFirmware', () => {
  it.each<[string, FirmwareSpec]>([
    ['a BIOS', bios],
    ['Secure Boot with SMM', { firmware: { kind: 'uefi', secureBoot: true }, smm: true }],
    ['kept state with a folder', { ...bios, tpm: { model: 'tpm-crb', kept: true }, stateFolder: '/s' }],
    ['a TPM of one run', { ...bios, tpm: { model: 'tpm-tis', kept: false } }],
    ['shared folders', { ...bios, sharedMemory: true, sharedFolders: [{ tag: 'a.b', path: '/x' }] }],
    ['limits', { ...bios, limits: { cpus: 0.5, cpuShareMillis: 100, memoryBytes: 2 ** 30 } }],
  ])('takes %s', (_, spec) => {
    expect(() => validateFirmware(spec)).not.toThrow()
  })

  it.each<[string, FirmwareSpec, RegExp]>([
    ['Secure Boot without SMM', { firmware: { kind: 'uefi', secureBoot: true } }, /^smm must/],
    ['kept variables without a folder', { firmware: { kind: 'uefi', kept: true } }, /^stateFolder must/],
    ['a kept TPM without a folder', { ...bios, tpm: { model: 'tpm-crb', kept: true } }, /^stateFolder must/],
    ['a relative folder', { ...bios, stateFolder: 's' }, /^stateFolder must/],
    [
      'a tag that is an option',
      { ...bios, sharedMemory: true, sharedFolders: [{ tag: 'a,b=c', path: '/x' }] },
      /tag must/,
    ],
    ['a tag that is a path', { ...bios, sharedMemory: true, sharedFolders: [{ tag: '../a', path: '/x' }] }, /tag must/],
    ['a long tag', { ...bios, sharedMemory: true, sharedFolders: [{ tag: 'a'.repeat(37), path: '/x' }] }, /tag must/],
    [
      'shared folders without shared memory',
      { ...bios, sharedFolders: [{ tag: 'a', path: '/x' }] },
      /^sharedMemory must/,
    ],
    ['no memory', { ...bios, limits: { memoryBytes: 1 } }, /^limits\.memoryBytes must/],
    ['no processor', { ...bios, limits: { cpus: 0 } }, /^limits\.cpus must/],
    ['a weight that is no number', { ...bios, limits: { cpuShareMillis: Number.NaN } }, /^limits\.cpuShareMillis must/],
  ])('refuses %s', (_, spec, message) => {
    expect(() => validateFirmware(spec)).toThrow(
      expect.objectContaining({ code: 'InvalidSpec', message: expect.stringMatching(message) }),
    )
  })
})
