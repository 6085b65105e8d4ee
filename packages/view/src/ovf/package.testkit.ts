/** Writes OVA packages for tests: tar headers by hand, so that wrong ones can be written too. */

import type { ByteSource } from './byte-source.ts'

export interface TestMember {
  name: string
  content?: string | Uint8Array
  /** tar's type flag; a plain file unless given. */
  type?: string
  linkName?: string
  /** Written into the header in place of the true one. */
  size?: number
  /** GNU's binary form of the size. */
  binarySize?: boolean
}

export function tarBytes(members: readonly TestMember[]): Uint8Array {
  const blocks = members.flatMap((member) => {
    const content = Buffer.from(member.content ?? '')
    return [header(member, content.length), content, Buffer.alloc((512 - (content.length % 512)) % 512)]
  })
  return new Uint8Array(Buffer.concat([...blocks, Buffer.alloc(1024)]))
}

function header({ name, type = '0', linkName = '', size, binarySize = false }: TestMember, length: number): Buffer {
  const block = Buffer.alloc(512)
  block.write(name, 0, 100, 'utf8')
  block.write('0000644\0', 100)
  if (binarySize) {
    block[124] = 0x80
    block.writeBigUInt64BE(BigInt(size ?? length), 128)
  } else {
    block.write(`${(size ?? length).toString(8).padStart(11, '0')}\0`, 124)
  }
  block.write('        ', 148)
  block.write(type, 156)
  block.write(linkName, 157)
  block.write('ustar\x0000', 257)
  const sum = block.reduce((total, byte) => total + byte, 0)
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return block
}

export function bytesSource(bytes: Uint8Array, name = 'machine.ova'): ByteSource {
  return { name, size: bytes.length, read: async (offset, length) => bytes.subarray(offset, offset + length) }
}

export interface DescriptorParts {
  files?: string
  disks?: string
  os?: string
  items?: string
  system?: string
  hardware?: string
}

/** A descriptor as VMware writes it, with parts of the test's own. */
export function descriptor(parts: DescriptorParts = {}): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<!--Made for a test-->
<Envelope vmw:buildId="build-1" xmlns="http://schemas.dmtf.org/ovf/envelope/1" xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/1"
  xmlns:rasd="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_ResourceAllocationSettingData"
  xmlns:vmw="http://www.vmware.com/schema/ovf">
  <References>${parts.files ?? '<File ovf:href="web-disk1.vmdk" ovf:id="file1" ovf:size="65536"/>'}</References>
  <DiskSection><Info>Disks</Info>${
    parts.disks ??
    '<Disk ovf:capacity="8" ovf:capacityAllocationUnits="byte * 2^30" ovf:diskId="vmdisk1" ovf:fileRef="file1" ovf:format="http://www.vmware.com/interfaces/specifications/vmdk.html#streamOptimized" ovf:populatedSize="1048576"/>'
  }</DiskSection>
  <NetworkSection><Info>Networks</Info><Network ovf:name="VM Network"><Description>The "VM Network" network</Description></Network></NetworkSection>
  <VirtualSystem ovf:id="web">
    <Info>A machine</Info>
    <Name>web</Name>
    ${parts.os ?? '<OperatingSystemSection ovf:id="96" vmw:osType="debian12_64Guest"><Info>OS</Info><Description>Debian GNU/Linux 12 (64-bit)</Description></OperatingSystemSection>'}
    <VirtualHardwareSection>
      <Info>Hardware</Info>
      ${parts.items ?? defaultItems}
      ${parts.hardware ?? '<vmw:Config ovf:required="false" vmw:key="firmware" vmw:value="bios"/>'}
    </VirtualHardwareSection>
    ${parts.system ?? ''}
  </VirtualSystem>
</Envelope>`
}

export function item(fields: Record<string, string | number>): string {
  const inner = Object.entries(fields).map(([name, value]) => `<rasd:${name}>${value}</rasd:${name}>`)
  return `<Item>${inner.join('')}</Item>`
}

export const defaultItems = [
  item({
    AllocationUnits: 'hertz * 10^6',
    ElementName: '4 virtual CPU(s)',
    InstanceID: 1,
    ResourceType: 3,
    VirtualQuantity: 4,
  }).replace('</Item>', '<vmw:CoresPerSocket ovf:required="false">2</vmw:CoresPerSocket></Item>'),
  item({
    AllocationUnits: 'byte * 2^20',
    ElementName: '2048MB of memory',
    InstanceID: 2,
    ResourceType: 4,
    VirtualQuantity: 2048,
  }),
  item({
    Address: 0,
    ElementName: 'SCSI Controller 0',
    InstanceID: 3,
    ResourceSubType: 'VirtualSCSI',
    ResourceType: 6,
  }),
  item({
    AddressOnParent: 0,
    ElementName: 'Hard Disk 1',
    HostResource: 'ovf:/disk/vmdisk1',
    InstanceID: 8,
    Parent: 3,
    ResourceType: 17,
  }),
  item({
    Address: 0,
    ElementName: 'SATA Controller 0',
    InstanceID: 4,
    ResourceSubType: 'vmware.sata.ahci',
    ResourceType: 20,
  }),
  item({
    AddressOnParent: 0,
    AutomaticAllocation: 'false',
    ElementName: 'CD/DVD drive 1',
    InstanceID: 9,
    Parent: 4,
    ResourceSubType: 'vmware.cdrom.remotepassthrough',
    ResourceType: 15,
  }),
  item({
    Address: '00:50:56:AB:CD:EF',
    AddressOnParent: 7,
    Connection: 'VM Network',
    ElementName: 'Network adapter 1',
    InstanceID: 10,
    ResourceSubType: 'VmxNet3',
    ResourceType: 10,
  }),
  item({ ElementName: 'Video card', InstanceID: 11, ResourceType: 24 }),
  item({ ElementName: 'VMCI device', InstanceID: 12, ResourceSubType: 'vmware.vmci', ResourceType: 1 }),
  item({ ElementName: 'Floppy 1', InstanceID: 13, ResourceType: 14 }),
].join('\n')
