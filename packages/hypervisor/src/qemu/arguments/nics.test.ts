import { describe, expect, it } from 'vitest'
import type { DomainNic } from '../../spec/nics.ts'
import { commandLine, devicesIn, valuesOf } from '../../testing/command-line.ts'

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
})
