import { describe, expect, it } from 'vitest'
import type { OvfMachine } from '../ovf/ovf-machine.ts'
import type { OvfChoices } from './foreign-choices.ts'
import { machineFromOvf, type OvfProposal } from './from-ovf.ts'

const GiB = 1024 ** 3

const foreign: OvfMachine = {
  id: 'web',
  name: 'web',
  os: { id: 96, type: 'debian12_64Guest' },
  cpus: 4,
  coresPerSocket: 2,
  memoryBytes: 2 * GiB,
  firmware: 'bios',
  secureBoot: false,
  tpm: false,
  disks: [
    {
      id: 'd1',
      name: 'Hard disk 1',
      controller: 'scsi',
      controllerModel: 'VirtualSCSI',
      controllerIndex: 0,
      unit: 0,
      capacityBytes: 8 * GiB,
      format: 'vmdk',
      file: { name: 'd1.vmdk', sizeBytes: 100 },
    },
  ],
  cdRoms: [],
  cards: [{ name: 'Network adapter 1', network: 'VM Network', mac: '00:50:56:ab:cd:ef', model: 'VmxNet3' }],
  properties: [],
  otherDevices: [],
}
const windows = { os: { type: 'windows2019srv_64Guest' } }

function propose(changes: Partial<OvfMachine> = {}, choices: Partial<OvfChoices> = {}): OvfProposal {
  return machineFromOvf({ ...foreign, ...changes }, { name: 'shop', namespace: 'team', ...choices })
}
const texts = (proposal: OvfProposal): string => proposal.differences.map(({ text }) => text).join('\n')
const warnings = (proposal: OvfProposal): string[] =>
  proposal.differences.filter(({ level }) => level === 'warning').map(({ text }) => text)

describe('the machine made of a foreign one', () => {
  it('has its processors, memory, disks and card', () => {
    const { machine, disks } = propose({}, { storageClass: 'local-raw' })
    expect(machine.metadata).toMatchObject({ name: 'shop', namespace: 'team' })
    expect(machine.spec.runStrategy).toBe('Halted')
    expect(machine.spec.template.spec).toEqual({
      domain: {
        cpu: { cores: 2, sockets: 2 },
        memory: { guest: '2Gi' },
        devices: {
          disks: [{ name: 'disk0', disk: { bus: 'virtio' }, bootOrder: 1 }],
          interfaces: [{ name: 'default', masquerade: {}, model: 'virtio' }],
          rng: {},
        },
      },
      networks: [{ name: 'default', pod: {} }],
      volumes: [{ name: 'disk0', dataVolume: { name: 'shop-disk0' } }],
    })
    expect(disks).toMatchObject([
      {
        disk: { file: { name: 'd1.vmdk' } },
        dataVolume: {
          metadata: { name: 'shop-disk0', namespace: 'team' },
          spec: {
            source: { upload: {} },
            storage: { resources: { requests: { storage: '8Gi' } }, storageClassName: 'local-raw' },
          },
        },
      },
    ])
    expect(warnings(propose())).toEqual([])
  })

  const disk = foreign.disks[0]
  const on = (controller: OvfMachine['disks'][number]['controller']): Partial<OvfMachine> => ({
    disks: disk === undefined ? [] : [{ ...disk, controller }],
  })
  it.each<[string, Partial<OvfMachine>, Partial<OvfChoices>, string, RegExp | undefined]>([
    ['Linux on SCSI', {}, {}, 'virtio', /from SCSI \(VirtualSCSI\) to virtio.*UUID/],
    [
      'Windows on SCSI',
      windows,
      {},
      'sata',
      /to SATA, for which every system has a driver; for more speed install virtio/,
    ],
    [
      'Windows on SCSI, told to be virtio',
      windows,
      { bus: 'virtio' },
      'virtio',
      /does not start from it before virtio/,
    ],
    ['IDE', on('ide'), {}, 'sata', /there is no IDE here/],
    ['SATA', on('sata'), {}, 'sata', undefined],
    ['virtio', on('virtio'), {}, 'virtio', undefined],
    ['NVMe', on('nvme'), {}, 'virtio', /from NVMe/],
    ['an unknown controller', on('unknown'), { bus: 'scsi' }, 'scsi', undefined],
  ])('has the disk of %s where the guest finds it, and says so', (_what, changes, choices, bus, words) => {
    const proposal = propose(changes, choices)
    expect(proposal.machine.spec.template.spec.domain.devices.disks?.[0]?.disk).toEqual({ bus })
    const said = proposal.differences.filter(({ area }) => area === 'disks').map(({ text }) => text)
    expect(said).toEqual(words === undefined ? [] : [expect.stringMatching(words)])
  })

  it.each<[string, Partial<OvfMachine>, Partial<OvfChoices>, object, RegExp]>([
    [
      'UEFI',
      { firmware: 'efi' },
      {},
      { domain: { firmware: { bootloader: { efi: { secureBoot: false } } } } },
      /by UEFI\. Boot entries/,
    ],
    [
      'Secure Boot',
      { firmware: 'efi', secureBoot: true },
      {},
      { domain: { features: { smm: { enabled: true } }, firmware: { bootloader: { efi: { secureBoot: true } } } } },
      /with Secure Boot/,
    ],
    ['a TPM', { tpm: true }, {}, { domain: { devices: { tpm: { persistent: true } } } }, /recovery key/],
    ['no memory', { memoryBytes: 0 }, {}, { domain: { memory: { guest: '1Gi' } } }, /tells no memory/],
    ['a sound card', { otherDevices: ['sound card', 'sound card'] }, {}, {}, /Left out.*: sound card\./],
    ['an empty disk', { disks: disk === undefined ? [] : [{ ...disk, file: undefined }] }, {}, {}, /is made empty/],
    ['an empty CD drive', { cdRoms: [{ name: 'CD', controller: 'ide' }] }, {}, {}, /empty CD drive is left out/],
    ['VMware in it', {}, {}, {}, /VMware Tools do nothing here/],
    [
      'settings for the guest',
      { properties: [{ key: 'ip', value: '', password: false, userConfigurable: true }] },
      {},
      {},
      /settings .*\(ip\)/,
    ],
  ])('with %s is honest about it', (_what, changes, choices, spec, words) => {
    const proposal = propose(changes, choices)
    expect(proposal.machine.spec.template.spec).toMatchObject(spec)
    expect(texts(proposal)).toMatch(words)
  })

  const second = { name: 'Network adapter 2', network: 'DMZ', mac: '00:50:56:00:00:02', model: 'E1000E' }
  it.each<[string, Partial<OvfChoices>, object[], object[], RegExp]>([
    [
      'left out without a network of its own',
      {},
      [{ name: 'default', model: 'virtio' }],
      [{ pod: {} }],
      /Network adapter 2 \(network "DMZ"\) is left out/,
    ],
    [
      'on the network that is named for it',
      { networks: { DMZ: 'infra/dmz' } },
      [{}, { name: 'net1', bridge: {}, model: 'e1000e' }],
      [{}, { multus: { networkName: 'infra/dmz' } }],
      /new MAC address instead of 00:50:56:00:00:02/,
    ],
    [
      'with its old address',
      { otherNetworks: 'lan', keepMacs: true },
      [{ bridge: {}, macAddress: '00:50:56:ab:cd:ef' }, { macAddress: '00:50:56:00:00:02' }],
      [{ multus: { networkName: 'lan' } }, { multus: { networkName: 'lan' } }],
      /must not run on the same network/,
    ],
  ])('has a second card %s', (_what, choices, cards, networks, words) => {
    const proposal = propose({ cards: [...foreign.cards, second] }, choices)
    expect(proposal.machine.spec.template.spec.domain.devices.interfaces).toMatchObject(cards)
    expect(proposal.machine.spec.template.spec.networks).toMatchObject(networks)
    expect(texts(proposal)).toMatch(words)
  })

  it('never keeps the address of a group', () => {
    const cards = [{ name: 'a', mac: '01:00:5e:00:00:01' }]
    const proposal = propose({ cards }, { keepMacs: true })
    expect(JSON.stringify(proposal.machine)).not.toContain('01:00:5e')
    expect(warnings(proposal)).toEqual([expect.stringContaining('is no address of one card')])
  })

  it('takes what is chosen in place of what it had', () => {
    const { machine } = propose({}, { cpus: 1, memory: '512Mi', start: true, labels: { a: 'b' } })
    expect(machine.metadata.labels).toEqual({ a: 'b' })
    expect(machine.spec.runStrategy).toBe('Always')
    expect(machine.spec.template.spec.domain).toMatchObject({ cpu: { cores: 1 }, memory: { guest: '512Mi' } })
  })

  it('has a disc in the drive where the package brings one', () => {
    const { disks, machine } = propose({
      cdRoms: [{ name: 'CD', controller: 'ide', file: { name: 'x.iso', sizeBytes: 5 } }],
    })
    expect(disks[1]).toMatchObject({
      cdRom: { file: { name: 'x.iso' } },
      dataVolume: { metadata: { name: 'shop-cdrom0' } },
    })
    expect(machine.spec.template.spec.domain.devices.disks?.[1]).toEqual({ name: 'cdrom0', cdrom: { bus: 'sata' } })
  })
})
