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
    const content = bytesIn(member.content ?? '')
    return [header(member, content.length), content, new Uint8Array((512 - (content.length % 512)) % 512)]
  })
  return joined([...blocks, new Uint8Array(1024)])
}

/** ASCII is all that tests write. */
function bytesIn(content: string | Uint8Array): Uint8Array {
  return typeof content === 'string' ? Uint8Array.from(content, (letter) => letter.charCodeAt(0)) : content
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

function header(member: TestMember, length: number): Uint8Array {
  const { name, type = '0', linkName = '', size = length, binarySize = false } = member
  const block = new Uint8Array(512)
  const put = (text: string, at: number): void => block.set(bytesIn(text), at)
  put(name.slice(0, 100), 0)
  put('0000644\0', 100)
  if (binarySize) {
    block[124] = 0x80
    new DataView(block.buffer).setBigUint64(128, BigInt(size))
  } else {
    put(`${size.toString(8).padStart(11, '0')}\0`, 124)
  }
  put('        ', 148)
  put(type, 156)
  put(linkName, 157)
  put('ustar\x0000', 257)
  const sum = block.reduce((total, byte) => total + byte, 0)
  put(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
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
