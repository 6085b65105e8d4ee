import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { DomainDisk } from '../spec/disks.ts'
import type { DomainSpec } from '../spec/domain.ts'
import type { DomainNic } from '../spec/nics.ts'
import { plainSpec } from '../testing/spec.ts'
import { parseCidr } from './user-network.ts'
import { validateSpec } from './spec.ts'

const disk: DomainDisk = { name: 'root', path: '/d', format: 'raw', device: 'disk', bus: 'virtio', readOnly: false }
const nic = plainSpec('a').nics[0] as DomainNic

describe('validateSpec', () => {
  it('takes a plain machine', () => {
    expect(() => validateSpec({ ...plainSpec('a'), disks: [disk] })).not.toThrow()
  })

  it.each<[string, Partial<DomainSpec>, RegExp]>([
    ['a relative image', { disks: [{ ...disk, path: 'disk.raw' }] }, /disks\[0\]\.path/],
    [
      'a relative backing image',
      { disks: [{ ...disk, backing: [{ path: 'x', format: 'raw' }] }] },
      /backing\[0\]\.path/,
    ],
    ['two disks of one name', { disks: [disk, disk] }, /disks must be without two entries/],
    ['native io through the cache', { disks: [{ ...disk, io: 'native' }] }, /disks\[0\]\.cache/],
    ['a virtio cdrom', { disks: [{ ...disk, device: 'cdrom' }] }, /disks\[0\]\.bus/],
    ['a virtio lun', { disks: [{ ...disk, device: 'lun' }] }, /disks\[0\]\.bus/],
    ['a MAC in upper case', { nics: [{ ...nic, mac: '52:54:00:AA:22:33' }] }, /nics\[0\]\.mac/],
    ['a multicast MAC', { nics: [{ ...nic, mac: '53:54:00:11:22:33' }] }, /nics\[0\]\.mac/],
    ['a MAC with more behind it', { nics: [{ ...nic, mac: '52:54:00:11:22:33,x=y' }] }, /nics\[0\]\.mac/],
    ['one boot order twice', { disks: [{ ...disk, bootOrder: 1 }], nics: [{ ...nic, bootOrder: 1 }] }, /bootOrder/],
    ['a relative kernel', { kernel: { path: 'vmlinuz' } }, /kernel\.path/],
    ['a NUL in the command line', { kernel: { path: '/k', cmdline: 'a\0b' } }, /kernel\.cmdline/],
  ])('refuses %s, naming the field', (_, change, field) => {
    expect(() => validateSpec({ ...plainSpec('a'), ...change })).toThrow(
      expect.objectContaining({ code: 'InvalidSpec', message: expect.stringMatching(field) }),
    )
  })

  it.each(['', 'A', '..', '.', 'a/b', '-a', 'a-', 'a'.repeat(64), 'a b', 'ä', 'a\n'])('refuses %j as id', (id) => {
    expect(() => validateSpec(plainSpec(id))).toThrow(expect.objectContaining({ code: 'InvalidSpec' }))
  })

  it('takes only host names that cannot add an option', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 30 }), (hostname) => {
        const spec = { ...plainSpec('a'), nics: [{ ...nic, network: { ...nic.network, hostname } }] }
        try {
          validateSpec(spec)
        } catch (error) {
          expect(error).toMatchObject({ code: 'InvalidSpec' })
          return
        }
        expect(hostname).toMatch(/^[A-Za-z0-9.-]+$/)
      }),
    )
  })
})

describe('parseCidr', () => {
  it.each([
    ['10.0.2.0/24', { cidr: '10.0.2.0/24', gateway: '10.0.2.1', guest: '10.0.2.2', dns: '10.0.2.3' }],
    ['192.168.7.9/24', { cidr: '192.168.7.0/24', gateway: '192.168.7.1', guest: '192.168.7.2', dns: '192.168.7.3' }],
    [
      '172.16.5.200/29',
      { cidr: '172.16.5.200/29', gateway: '172.16.5.201', guest: '172.16.5.202', dns: '172.16.5.203' },
    ],
    ['250.1.2.3/8', { cidr: '250.0.0.0/8', gateway: '250.0.0.1', guest: '250.0.0.2', dns: '250.0.0.3' }],
  ])('%s', (cidr, addresses) => {
    expect(parseCidr(cidr, 'x')).toEqual(addresses)
  })

  it.each([
    '',
    '10.0.2.0',
    '10.0.2.0/30',
    '10.0.2.0/7',
    '10.0.2/24',
    '::1/64',
    '10.0.2.0/24/1',
    '10.0.2.0/ 24',
    '1e1.0.0.0/8',
  ])('refuses %j', (cidr) => {
    expect(() => parseCidr(cidr, 'x')).toThrow(expect.objectContaining({ code: 'InvalidSpec' }))
  })
})
