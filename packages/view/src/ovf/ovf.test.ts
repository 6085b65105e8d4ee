import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { openOva } from './ova.ts'
import { OvfError } from './ovf-error.ts'
import type { OvfMachine } from './ovf-machine.ts'
import { preferenceFor } from './operating-system.ts'
import { bytesSource, defaultItems, descriptor, item, tarBytes, type TestMember } from './package.testkit.ts'
import { readManifest } from './manifest.ts'
import { readOvf } from './read-ovf.ts'
import { readXml } from './xml.ts'

const GiB = 1024 ** 3
const sum256 = 'a'.repeat(64)

function machine(parts?: Parameters<typeof descriptor>[0]): OvfMachine {
  const [first] = readOvf(descriptor(parts)).machines
  if (first === undefined) throw new Error('no machine')
  return first
}

function failure(work: () => unknown): { code: string; message: string } {
  try {
    work()
  } catch (error) {
    if (error instanceof OvfError) return { code: error.code, message: error.message }
    throw error
  }
  throw new Error('nothing was thrown')
}

describe('an OVF descriptor', () => {
  it('is read as VMware writes it', () => {
    expect(machine()).toEqual({
      id: 'web',
      name: 'web',
      os: { id: 96, type: 'debian12_64Guest', description: 'Debian GNU/Linux 12 (64-bit)' },
      firmware: 'bios',
      secureBoot: false,
      tpm: false,
      cpus: 4,
      coresPerSocket: 2,
      memoryBytes: 2 * GiB,
      disks: [
        {
          id: 'vmdisk1',
          name: 'Hard Disk 1',
          capacityBytes: 8 * GiB,
          populatedBytes: 1_048_576,
          file: { name: 'web-disk1.vmdk', sizeBytes: 65_536 },
          format: 'vmdk',
          controller: 'scsi',
          controllerModel: 'VirtualSCSI',
          controllerIndex: 0,
          unit: 0,
        },
      ],
      cdRoms: [{ name: 'CD/DVD drive 1', controller: 'sata' }],
      cards: [{ name: 'Network adapter 1', network: 'VM Network', mac: '00:50:56:ab:cd:ef', model: 'VmxNet3' }],
      properties: [],
      otherDevices: ['floppy drive'],
    })
    expect(readOvf(descriptor()).networks).toEqual([{ name: 'VM Network', description: 'The "VM Network" network' }])
  })

  it('is read as VirtualBox writes it: sections by type, its own firmware and TPM, MACs without colons', () => {
    const text = `<?xml version="1.0"?><Envelope xmlns:vbox="http://www.virtualbox.org/ovf/machine">
      <References><File ovf:id="file1" ovf:href="box-disk001.vmdk"/></References>
      <Section xsi:type="ovf:DiskSection_Type"><Disk ovf:diskId="d1" ovf:capacity="1073741824" ovf:fileRef="file1"/></Section>
      <VirtualSystem ovf:id="box"><OperatingSystemSection ovf:id="94"><Description>Ubuntu_64</Description>
        <vbox:OSType ovf:required="false">Ubuntu_64</vbox:OSType></OperatingSystemSection>
      <VirtualHardwareSection>
        ${item({ Caption: '1 virtual CPU', InstanceID: 1, ResourceType: 3, VirtualQuantity: 1 })}
        ${item({ AllocationUnits: 'MegaBytes', InstanceID: 2, ResourceType: 4, VirtualQuantity: 1024 })}
        ${item({ Address: 0, Caption: 'sataController0', InstanceID: 5, ResourceSubType: 'AHCI', ResourceType: 20 })}
        ${item({ AddressOnParent: 0, Caption: 'disk1', HostResource: '/disk/d1', InstanceID: 6, Parent: 5, ResourceType: 17 })}
        ${item({ Caption: "Ethernet adapter on 'NAT'", Connection: 'NAT', InstanceID: 7, ResourceSubType: 'E1000', ResourceType: 10, Address: '080027A1B2C3' })}
        ${item({ Caption: 'sound', InstanceID: 8, ResourceSubType: 'ensoniq1371', ResourceType: 35 })}
      </VirtualHardwareSection>
      <vbox:Machine name="box"><Hardware><Firmware type="EFI"/><TrustedPlatformModule type="v2_0" location=""/></Hardware></vbox:Machine>
      </VirtualSystem></Envelope>`
    expect(readOvf(text).machines[0]).toMatchObject({
      name: 'box',
      firmware: 'efi',
      tpm: true,
      memoryBytes: GiB,
      disks: [{ controller: 'sata', capacityBytes: GiB, file: { name: 'box-disk001.vmdk' } }],
      cards: [{ mac: '08:00:27:a1:b2:c3', model: 'E1000', network: 'NAT' }],
      otherDevices: ['sound card'],
    })
  })

  it('puts disks in the order in which the firmware finds them', () => {
    const disks = ['a', 'b', 'c', 'd'].map((id) => `<Disk ovf:capacity="1" ovf:diskId="${id}"/>`).join('')
    const items = [
      item({ Address: 1, InstanceID: 3, ResourceType: 6, ResourceSubType: 'lsilogic' }),
      item({ Address: 0, InstanceID: 4, ResourceType: 6, ResourceSubType: 'lsilogic' }),
      item({ Address: 0, InstanceID: 5, ResourceType: 5 }),
      item({ AddressOnParent: 0, HostResource: 'ovf:/disk/a', InstanceID: 10, Parent: 3, ResourceType: 17 }),
      item({ AddressOnParent: 1, HostResource: 'ovf:/disk/b', InstanceID: 11, Parent: 4, ResourceType: 17 }),
      item({ AddressOnParent: 0, HostResource: 'ovf:/disk/c', InstanceID: 12, Parent: 4, ResourceType: 17 }),
      item({ AddressOnParent: 0, HostResource: 'ovf:/disk/d', InstanceID: 13, Parent: 5, ResourceType: 17 }),
    ].join('')
    expect(machine({ files: '', disks, items }).disks.map(({ id }) => id)).toEqual(['d', 'c', 'b', 'a'])
  })

  it.each([
    [
      'firmware and Secure Boot',
      {
        hardware:
          '<vmw:Config vmw:key="firmware" vmw:value="efi"/><vmw:Config vmw:key="bootOptions.efiSecureBootEnabled" vmw:value="true"/>',
      },
      { firmware: 'efi', secureBoot: true },
    ],
    [
      'a TPM',
      {
        items:
          defaultItems +
          item({ ElementName: 'Virtual TPM', InstanceID: 20, ResourceSubType: 'vmware.vtpm', ResourceType: 1 }),
      },
      { tpm: true },
    ],
    [
      'NVMe',
      {
        items: defaultItems
          .replace('VirtualSCSI', 'vmware.nvme.controller')
          .replace('<rasd:ResourceType>6<', '<rasd:ResourceType>20<'),
      },
      { disks: [{ controller: 'nvme' }] },
    ],
    [
      'chunks and gzip',
      { files: '<File ovf:href="d.vmdk" ovf:id="file1" ovf:size="10" ovf:chunkSize="4" ovf:compression="gzip"/>' },
      { disks: [{ file: { name: 'd.vmdk', sizeBytes: 10, chunkBytes: 4, compression: 'gzip' } }] },
    ],
    ['VHDX by its name', { files: '<File ovf:href="d.vhdx" ovf:id="file1"/>' }, { disks: [{ format: 'vhdx' }] }],
    [
      'spaces in names, percent-encoded',
      { files: '<File ovf:href="my%20disk.vmdk" ovf:id="file1"/>' },
      { disks: [{ file: { name: 'my disk.vmdk' } }] },
    ],
    [
      'settings for the guest',
      {
        system:
          '<ProductSection ovf:class="vami" ovf:instance="web"><Vendor>ACME</Vendor><Product>Web</Product><Version>3</Version><Property ovf:key="ip" ovf:userConfigurable="true" ovf:value="10.0.0.1"><Label>Address &amp; more</Label></Property><Property ovf:key="pw" ovf:password="true"/></ProductSection>',
      },
      {
        product: { vendor: 'ACME', name: 'Web', version: '3' },
        properties: [
          { key: 'vami.ip.web', value: '10.0.0.1', label: 'Address & more', userConfigurable: true },
          { key: 'vami.pw.web', password: true },
        ],
      },
    ],
  ])('tells of %s', (_what, parts, expected) => {
    expect(machine(parts)).toMatchObject(expected)
  })

  it('takes the default of several configurations', () => {
    const sized = (id: string, cpus: number): string =>
      item({ InstanceID: 1, ResourceType: 3, VirtualQuantity: cpus }).replace(
        '<Item>',
        `<Item ovf:configuration="${id}">`,
      )
    const text = descriptor({ items: sized('small', 1) + sized('large', 8) }).replace(
      '<VirtualSystem',
      '<DeploymentOptionSection><Configuration ovf:id="small"/><Configuration ovf:id="large" ovf:default="true"/></DeploymentOptionSection><VirtualSystem',
    )
    expect(readOvf(text).machines[0]?.cpus).toBe(8)
  })

  const one = '<File ovf:href="d.vmdk" ovf:id="file1"/>'
  it.each([
    [
      'a document type',
      '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><Envelope/>',
      'Hostile',
      'document type',
    ],
    ['an entity of its own', '<Envelope>&secret;</Envelope>', 'Unreadable', 'reference'],
    ['a character that is none', '<Envelope>&#0;</Envelope>', 'Unreadable', 'reference'],
    ['elements that cross', '<Envelope><a><b></a></b></Envelope>', 'Unreadable', 'closes nothing'],
    ['no end', '<Envelope><a>', 'Unreadable', 'has no end'],
    ['two roots', '<Envelope/><Envelope/>', 'Unreadable', 'two root'],
    ['attributes twice', '<Envelope a="1" a="2"/>', 'Unreadable', 'twice'],
    ['another root', '<html/>', 'Unreadable', 'no OVF'],
    ['another encoding', '<?xml version="1.0" encoding="UTF-16"?><Envelope/>', 'Unsupported', 'utf-16'],
    ['depth', '<a>'.repeat(100), 'TooLarge', 'deeper'],
    ['no machine', '<Envelope/>', 'Unreadable', 'no VirtualSystem'],
    [
      'a file elsewhere',
      descriptor({ files: one.replace('d.vmdk', '../../etc/shadow') }),
      'Hostile',
      'no name of a file beside it',
    ],
    [
      'a file behind percent signs',
      descriptor({ files: one.replace('d.vmdk', '..%2Fshadow') }),
      'Hostile',
      'beside it',
    ],
    [
      'a file on the net',
      descriptor({ files: one.replace('d.vmdk', 'http://169.254.169.254/x') }),
      'Hostile',
      'beside it',
    ],
    [
      'a delta disk',
      descriptor({ disks: '<Disk ovf:capacity="1" ovf:diskId="a" ovf:parentRef="b"/>' }),
      'Unsupported',
      'differences',
    ],
    ['a disk without its file', descriptor({ files: '' }), 'Unreadable', 'refers to file "file1"'],
    ['an item without its disk', descriptor({ disks: '' }), 'Unreadable', 'which is no disk'],
    [
      'no size',
      descriptor({ disks: '<Disk ovf:capacity="${size}" ovf:diskId="vmdisk1"/>' }),
      'Unreadable',
      'no number of bytes',
    ],
    [
      'a giant disk',
      descriptor({
        disks: '<Disk ovf:capacity="65537" ovf:capacityAllocationUnits="byte * 2^30" ovf:diskId="vmdisk1"/>',
      }),
      'TooLarge',
      '64 TiB',
    ],
    [
      'a size beyond numbers',
      descriptor({
        disks:
          '<Disk ovf:capacity="99999999999999999999" ovf:capacityAllocationUnits="byte * 2^60" ovf:diskId="vmdisk1"/>',
      }),
      'Unreadable',
      'no number of bytes',
    ],
    [
      'another compression',
      descriptor({ files: '<File ovf:href="d" ovf:id="file1" ovf:compression="bzip2"/>' }),
      'Unsupported',
      'only gzip',
    ],
  ])('with %s is refused', (_what, text, code, words) => {
    expect(failure(() => readOvf(text))).toEqual({ code, message: expect.stringContaining(words) })
  })

  it('answers or refuses whatever is in it, and in a time that grows with its length', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            fc.constantFrom('<a', ' b="c"', '>', '</a>', '/>', '<!--', '-->', '&amp;', '<![CDATA[', ']]>', '<?x?>'),
            fc.string(),
          ),
        ),
        (parts) => {
          try {
            readXml(parts.join(''))
          } catch (error) {
            expect(error).toBeInstanceOf(OvfError)
          }
        },
      ),
    )
  })

  it('gives back the text and attributes that were put in', () => {
    const escaped = (text: string): string =>
      text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
    // What XML has no room for is left out.
    // oxlint-disable-next-line no-control-regex
    const words = fc.string({ unit: 'grapheme' }).filter((text) => !/[\0-\x1F\uFFFE\uFFFF]/.test(text))
    fc.assert(
      fc.property(words, words, (text, value) => {
        const root = readXml(`<x:a y:b="${escaped(value)}">${escaped(text)}</x:a>`)
        expect([root.name, root.text, root.attributes.get('b')]).toEqual(['a', text.trim(), value])
      }),
    )
  })
})

describe('an OVA file', () => {
  const disk = new Uint8Array(65_536).fill(7)
  const good: TestMember[] = [
    { name: 'web.ovf', content: descriptor() },
    { name: 'web.mf', content: `SHA256(web-disk1.vmdk)= ${sum256}\n` },
    { name: 'web-disk1.vmdk', content: disk },
  ]

  it('tells where its disks lie, with their checksums, without reading them', async () => {
    const bytes = tarBytes(good)
    let read = 0
    const source = bytesSource(bytes)
    const ova = await openOva({ ...source, read: (offset, length) => ((read += length), source.read(offset, length)) })
    const [file] = ova.package.files
    expect(file).toEqual({ name: 'web-disk1.vmdk', sizeBytes: 65_536 })
    const [part, ...more] = file === undefined ? [] : ova.partsOf(file)
    expect(more).toEqual([])
    expect(part).toMatchObject({ size: 65_536, checksum: { algorithm: 'sha256', hex: sum256 } })
    expect(bytes.subarray(part?.offset, (part?.offset ?? 0) + 3)).toEqual(new Uint8Array([7, 7, 7]))
    expect(read).toBeLessThan(20_000)
  })

  it('joins chunks, and misses one', async () => {
    const chunked = descriptor({
      files: '<File ovf:href="d.vmdk" ovf:id="file1" ovf:size="10" ovf:chunkSize="4"/>',
    })
    const chunk = (index: number, content: string): TestMember => ({ name: `d.vmdk.00000000${index}`, content })
    const all = [{ name: 'web.ovf', content: chunked }, chunk(0, 'aaaa'), chunk(1, 'bbbb'), chunk(2, 'cc')]
    const ova = await openOva(bytesSource(tarBytes(all)))
    const file = ova.package.files[0] ?? { name: '' }
    expect(ova.partsOf(file).map(({ name, size }) => [name, size])).toEqual([
      ['d.vmdk.000000000', 4],
      ['d.vmdk.000000001', 4],
      ['d.vmdk.000000002', 2],
    ])
    const without = await openOva(bytesSource(tarBytes(all.slice(0, 3))))
    expect(failure(() => without.partsOf(file)).message).toBe('machine.ova lacks d.vmdk.000000002')
  })

  it('takes long names, sizes in binary, folders and headers of both kinds', async () => {
    const long = `${'n'.repeat(120)}.vmdk`
    const pax = (key: string, value: string): string => {
      const rest = ` ${key}=${value}\n`
      const length = rest.length + String(rest.length + 3).length
      return `${length}${rest}`
    }
    const members: TestMember[] = [
      { name: 'folder/', type: '5' },
      { name: './web.ovf', content: descriptor({ files: `<File ovf:href="${long}" ovf:id="file1"/>` }) },
      { name: '././@LongLink', type: 'L', content: `${long}\0` },
      { name: 'cut', content: 'disk', binarySize: true },
      { name: 'PaxHeaders/x', type: 'x', content: pax('path', 'other-name.bin') },
      { name: 'x', content: 'other' },
    ]
    const ova = await openOva(bytesSource(tarBytes(members)))
    expect(ova.partsOf({ name: long })).toMatchObject([{ size: 4 }])
    expect(ova.partsOf({ name: 'other-name.bin' })).toMatchObject([{ size: 5 }])
  })

  const extra = (member: TestMember): TestMember[] => [...good, member]
  it.each<[string, TestMember[] | Uint8Array, string, string]>([
    ['a link', extra({ name: 'evil.vmdk', type: '2', linkName: '/etc/shadow' }), 'Hostile', 'as a link'],
    ['a hard link', extra({ name: 'evil.vmdk', type: '1', linkName: 'web.ovf' }), 'Hostile', 'as a link'],
    ['a device', extra({ name: 'sda', type: '4' }), 'Hostile', 'as a link'],
    ['a name that climbs', extra({ name: '../evil' }), 'Hostile', 'no folders'],
    ['a name from the root', extra({ name: '/etc/cron.d/evil' }), 'Hostile', 'no folders'],
    ['a name with control characters', extra({ name: 'a\u001B[2Jb' }), 'Hostile', 'no folders'],
    ['a name twice', extra({ name: 'web-disk1.vmdk' }), 'Hostile', 'twice'],
    ['two descriptors', extra({ name: 'other.ovf', content: descriptor() }), 'Unreadable', 'several descriptors'],
    ['no descriptor', good.slice(1), 'Unreadable', 'no descriptor'],
    [
      'a size beyond its end',
      [...good.slice(0, 2), { name: 'web-disk1.vmdk', size: 2 ** 32 }],
      'Unreadable',
      'cut short',
    ],
    [
      'a size beyond numbers',
      [{ name: 'web.ovf', size: Number.MAX_SAFE_INTEGER + 1, binarySize: true }],
      'Unreadable',
      'impossible size',
    ],
    ['a giant descriptor', [{ name: 'web.ovf', content: new Uint8Array(5 * 1024 ** 2).fill(32) }], 'TooLarge', '4 MiB'],
    ['bytes that are no text', [{ name: 'web.ovf', content: new Uint8Array([0xff, 0xfe]) }], 'Unreadable', 'not UTF-8'],
    ['something else', new Uint8Array(4096).fill(1), 'Unreadable', 'no tar archive'],
    ['nothing', new Uint8Array(0), 'Unreadable', 'too short'],
    [
      'a manifest that is none',
      [good[0] ?? { name: '' }, { name: 'web.mf', content: 'MD5(x)= 12' }],
      'Unreadable',
      'no checksum',
    ],
  ])('with %s is refused', async (_what, content, code, words) => {
    const bytes = content instanceof Uint8Array ? content : tarBytes(content)
    await expect(openOva(bytesSource(bytes))).rejects.toMatchObject({ code, message: expect.stringContaining(words) })
  })

  it('answers or refuses whatever is changed in it', async () => {
    const bytes = tarBytes(good)
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(2048), fc.nat(255)), { minLength: 1, maxLength: 8 }),
        fc.nat(bytes.length),
        async (changes, length) => {
          const changed = bytes.slice(0, length)
          for (const [at, value] of changes) if (at < length) changed[at] = value
          await openOva(bytesSource(changed)).catch((error: unknown) => expect(error).toBeInstanceOf(OvfError))
        },
      ),
    )
  })
})

describe('a manifest', () => {
  it('has one checksum a file, in both spellings', () => {
    const text = `SHA1(a.ovf)= ${'b'.repeat(40)}\r\nSHA256 (a b.vmdk) = ${sum256.toUpperCase()}\n`
    expect([...readManifest(text)]).toEqual([
      ['a.ovf', { algorithm: 'sha1', hex: 'b'.repeat(40) }],
      ['a b.vmdk', { algorithm: 'sha256', hex: sum256 }],
    ])
  })
})

describe('the preference for an operating system', () => {
  it.each([
    [{ type: 'ubuntu64Guest' }, 'ubuntu'],
    [{ id: 96 }, 'debian'],
    [{ type: 'windows2019srv_64Guest' }, 'windows.2k19'],
    [{ type: 'windows2019srvNext_64Guest' }, 'windows.2k22'],
    [{ type: 'windows9_64Guest', description: 'Microsoft Windows 10 (64-bit)' }, 'windows.10'],
    [{ description: 'Microsoft Windows Server 2022 (64-bit)' }, 'windows.2k22'],
    [{ type: 'Windows11_64' }, 'windows.11'],
    [{ type: 'rhel9_64Guest' }, 'rhel.9'],
    [{ description: 'Red Hat Enterprise Linux 8 (64-bit)' }, 'rhel.8'],
    [{ type: 'otherLinux64Guest' }, undefined],
    [{}, undefined],
  ])('%j is %s', (os, expected) => {
    expect(preferenceFor(os)).toBe(expected)
  })
})
