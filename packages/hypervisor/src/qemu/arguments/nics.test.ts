import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { DomainNic } from '../../spec/nics.ts'
import { commandLine, devicesIn, valuesOf } from '../../testing/command-line.ts'
import { plainSpec } from '../../testing/spec.ts'
import { validateSpec } from '../../validate/spec.ts'

const nic: DomainNic = {
  name: 'default',
  model: 'virtio',
  mac: '52:54:00:11:22:33',
  linkUp: true,
  network: { kind: 'user', cidr: '10.0.2.0/24' },
}
const card = (change: Partial<DomainNic>): unknown =>
  devicesIn(commandLine({ nics: [{ ...nic, ...change }] })).find(({ id }) => id === 'nic-default')

describe('network cards', () => {
  it.each<[string, Partial<DomainNic>, object]>([
    ['virtio', {}, { driver: 'virtio-net-pci', bus: 'port0', mac: '52:54:00:11:22:33', netdev: 'net-default' }],
    ['e1000', { model: 'e1000' }, { driver: 'e1000', bus: 'pcie.0', addr: '0x1e' }],
    ['e1000e', { model: 'e1000e' }, { driver: 'e1000e', bus: 'port0' }],
    ['rtl8139', { model: 'rtl8139' }, { driver: 'rtl8139', bus: 'pcie.0' }],
    ['igb', { model: 'igb' }, { driver: 'igb', bus: 'port0' }],
    ['ne2k_pci', { model: 'ne2k_pci' }, { driver: 'ne2k_pci', bus: 'pcie.0' }],
    ['pcnet', { model: 'pcnet' }, { driver: 'pcnet', bus: 'pcie.0' }],
    ['ACPI index', { acpiIndex: 7 }, { 'acpi-index': 7, bus: 'port0' }],
    ['ACPI index of an ordinary PCI card', { model: 'e1000', acpiIndex: 7 }, { 'acpi-index': 7, bus: 'port0' }],
    ['several queues', { multiqueue: true }, { mq: true }],
    ['slot of the root bus', { pciAddress: '0000:00:08.0' }, { bus: 'pcie.0', addr: '0x8' }],
    ['bus behind a root port', { pciAddress: '0000:02:00.0' }, { bus: 'port1' }],
  ])('%s', (_, change, expected) => {
    expect(card(change)).toMatchObject(expected)
  })

  it('have a boot ROM only when they are booted from', () => {
    expect(card({})).toMatchObject({ romfile: '' })
    expect(card({ bootOrder: 1 })).not.toHaveProperty('romfile')
  })

  it.each<[string, Partial<DomainNic['network']>, string]>([
    ['plain', {}, ''],
    ['names', { hostname: 'vm', dnsSearch: ['a.b', 'c'] }, 'dnssearch=a.b,dnssearch=c'],
    ['domain', { domain: 'a.b' }, 'domainname=a.b'],
    ['boot server', { tftpServer: 'a,b', bootFile: 'x,y=z' }, 'tftp-server-name=a,,b,bootfile=x,,y=z'],
  ])('network: %s', (_, change, expected) => {
    const [network] = valuesOf(commandLine({ nics: [{ ...nic, network: { ...nic.network, ...change } }] }), '-netdev')
    expect(network).toContain('user,id=net-default,net=10.0.2.0/24,host=10.0.2.1,dhcpstart=10.0.2.2,dns=10.0.2.3')
    expect(network).toContain(expected)
  })

  it('take no text for an option, whatever the names and files are', () => {
    const hostile = fc.oneof(
      fc.string({ maxLength: 40 }),
      fc.string({ unit: fc.constantFrom(',', '=', 'a', '-', '.', '"', ' ', ',,') }),
      fc.constantFrom(',restrict=off,smb=/etc', 'x,hostfwd=tcp::22-:22', 'a,,b', ','),
    )
    const keys = (text: unknown): string[] =>
      String(text)
        .replaceAll(',,', '')
        .split(',')
        .map((part) => part.split('=')[0] ?? '')
    const network = (change: Partial<DomainNic['network']>) => ({ ...nic, network: { ...nic.network, ...change } })
    const plain = keys(
      valuesOf(
        commandLine({ nics: [network({ hostname: 'a', domain: 'a', tftpServer: 'a', bootFile: 'a' })] }),
        '-netdev',
      )[0],
    )
    fc.assert(
      fc.property(hostile, hostile, hostile, (name, tftpServer, bootFile) => {
        const nics = [network({ hostname: name, domain: name, tftpServer, bootFile })]
        try {
          validateSpec({ ...plainSpec('a'), nics })
        } catch (error) {
          expect(error).toMatchObject({ code: 'InvalidSpec' })
          return
        }
        expect(keys(valuesOf(commandLine({ nics }), '-netdev')[0])).toEqual(plain)
      }),
      { numRuns: 500 },
    )
    // Names rarely pass by chance; servers and files do.
    fc.assert(
      fc.property(hostile, hostile, (tftpServer, bootFile) => {
        fc.pre(!/\p{Cc}/u.test(tftpServer + bootFile))
        const nics = [network({ hostname: 'a', domain: 'a', tftpServer, bootFile })]
        expect(keys(valuesOf(commandLine({ nics }), '-netdev')[0])).toEqual(plain)
      }),
    )
  })
})
