import { describe, expect, it } from 'vitest'
import type { FirmwareSpec } from '../../spec/firmware.ts'
import { sharedFolderArguments } from '../companions/shared-folders.ts'
import { tpmArguments } from '../companions/tpm.ts'
import { firmwareArguments } from './firmware.ts'
import { PciPlaces } from './pcie.ts'

const files = { descriptors: [], images: new Map(), serialLog: '/dev/fdset/3' }
const image = (fd: number) => ({ filename: `/dev/fdset/${fd}`, format: 'raw' as const, hostDevice: false })
const flash = { ...files, firmware: { code: image(4), vars: image(5) } }
const bios: FirmwareSpec = { firmware: { kind: 'bios' } }

describe('firmware', () => {
  it('has no arguments when it is the usual BIOS', () => {
    expect(firmwareArguments(bios, files)).toEqual([])
  })

  it('writes to the serial port when asked', () => {
    expect(firmwareArguments({ firmware: { kind: 'bios', serial: true } }, files)).toEqual(['-machine', 'graphics=off'])
  })

  it('with Secure Boot lets only code in system management mode write its variables', () => {
    const args = firmwareArguments({ firmware: { kind: 'uefi', secureBoot: true }, smm: true }, flash)
    expect(args.slice(0, 4)).toEqual(['-machine', 'smm=on', '-global', 'driver=cfi.pflash01,property=secure,value=on'])
    expect(args.filter((arg) => arg === '-blockdev')).toHaveLength(2)
  })

  it('without Secure Boot leaves the flash as it is', () => {
    expect(firmwareArguments({ firmware: { kind: 'uefi' } }, flash)[0]).toBe('-blockdev')
  })
})

describe('helpers of a machine', () => {
  it.each(['tpm-tis', 'tpm-crb'] as const)('a %s is connected to its emulator', (model) => {
    expect(tpmArguments({ ...bios, tpm: { model, kept: false } })).toEqual([
      '-chardev',
      'socket,id=tpm-emulator,path=tpm/tpm.sock',
      '-tpmdev',
      'emulator,id=tpm0,chardev=tpm-emulator',
      '-device',
      JSON.stringify({ driver: model, tpmdev: 'tpm0' }),
    ])
  })

  it('each shared folder has a server and a place of its own', () => {
    const places = new PciPlaces({ disks: [], nics: [] })
    const sharedFolders = ['a', 'b'].map((tag) => ({ tag, path: '/x' }))
    const devices = sharedFolderArguments({ ...bios, sharedFolders, sharedMemory: true }, places)
      .filter((arg) => arg.startsWith('{'))
      .map((arg) => JSON.parse(arg))
    expect(devices).toMatchObject([
      { driver: 'vhost-user-fs-pci', tag: 'a', bus: 'port0', chardev: 'fs0' },
      { driver: 'vhost-user-fs-pci', tag: 'b', bus: 'port1', chardev: 'fs1' },
    ])
    expect(tpmArguments(bios)).toEqual([])
  })
})
