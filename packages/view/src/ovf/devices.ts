/** The hardware items of a machine: processors, memory, controllers and what hangs on them. */

import { bytesOf } from './allocation-units.ts'
import { OvfError } from './ovf-error.ts'
import type { DiskController, OvfCard, OvfCdRom, OvfDisk, OvfFile, OvfMachine } from './ovf-machine.ts'
import type { OvfReferences } from './references.ts'
import type { XmlElement } from './xml.ts'

type Devices = Pick<
  OvfMachine,
  'cpus' | 'coresPerSocket' | 'memoryBytes' | 'tpm' | 'disks' | 'cdRoms' | 'cards' | 'otherDevices'
>

interface Item {
  instance: string
  type: number
  subtype: string
  name: string
  /** Instance of the controller it hangs on. */
  parent: string
  addressOnParent: number
  address: number
  quantity: string
  units: string | undefined
  hostResource: string | undefined
  connection: string | undefined
  macAddress: string | undefined
  coresPerSocket: string | undefined
}

/** CIM_ResourceAllocationSettingData.ResourceType. */
const kinds = {
  processor: 3,
  memory: 4,
  ide: 5,
  scsi: 6,
  ethernet: 10,
  cd: 15,
  dvd: 16,
  disk: 17,
  otherStorage: 20,
} as const

/** Kinds nothing hangs on and nobody misses: every machine gets what it needs of them. */
const silent = new Set([20, 23, 24])
const otherNames: ReadonlyMap<number, string> = new Map([
  [1, 'other device'],
  [7, 'Fibre Channel adapter'],
  [8, 'iSCSI adapter'],
  [9, 'InfiniBand adapter'],
  [14, 'floppy drive'],
  [18, 'tape drive'],
  [21, 'serial port'],
  [22, 'parallel port'],
  [25, 'FireWire controller'],
  [35, 'sound card'],
])

const maxItems = 2000
const maxDisks = 256

export function devicesOf(hardware: XmlElement, references: OvfReferences, configuration: string | undefined): Devices {
  const items = itemsOf(hardware, configuration)
  const byInstance = new Map(items.map((item) => [item.instance, item]))
  const ofKind = (...types: number[]): Item[] => items.filter(({ type }) => types.includes(type))
  const [processor] = ofKind(kinds.processor)
  const [memory] = ofKind(kinds.memory)
  const disks = ofKind(kinds.disk, 31).map((item) => diskOf(item, byInstance, references))
  if (disks.length > maxDisks) throw new OvfError('TooLarge', `the machine has over ${maxDisks} disks`)
  const cores = processor?.coresPerSocket
  return {
    cpus: processor === undefined ? 1 : Math.min(Math.max(1, wholeNumber(processor.quantity) ?? 1), 4096),
    ...(cores !== undefined && /^[1-9]\d{0,3}$/.test(cores) ? { coresPerSocket: Number(cores) } : {}),
    memoryBytes:
      memory === undefined ? 0 : bytesOf(memory.quantity, memory.units ?? 'MegaBytes', 'the memory of the machine'),
    tpm: items.some(({ subtype, name }) => /\bv?tpm\b/i.test(`${subtype} ${name}`)),
    disks: disks.toSorted(
      (left, right) =>
        controllerOrder.indexOf(left.controller) - controllerOrder.indexOf(right.controller) ||
        left.controllerIndex - right.controllerIndex ||
        left.unit - right.unit,
    ),
    cdRoms: ofKind(kinds.cd, kinds.dvd).map((item) => cdRomOf(item, byInstance, references)),
    cards: ofKind(kinds.ethernet).map(cardOf),
    otherDevices: items.flatMap(({ type, name, subtype }) => {
      if (silent.has(type) || /tpm|vmci|keyboard|pointing|usb/i.test(`${subtype} ${name}`)) return []
      const known = otherNames.get(type)
      return known === undefined ? [] : [known === 'other device' ? name || known : known]
    }),
  }
}

/** Firmware of PCs looks at the IDE bus first; among the others the order is the descriptor's habit. */
const controllerOrder: readonly DiskController[] = ['ide', 'sata', 'scsi', 'nvme', 'virtio', 'unknown']

function itemsOf(hardware: XmlElement, configuration: string | undefined): Item[] {
  const byInstance = new Map<string, Item>()
  const elements = hardware.children.filter(({ name }) => ['Item', 'StorageItem', 'EthernetPortItem'].includes(name))
  if (elements.length > maxItems) throw new OvfError('TooLarge', `the machine has over ${maxItems} devices`)
  for (const element of elements) {
    const wanted = element.attributes.get('configuration')?.split(/\s+/)
    if (wanted !== undefined && configuration !== undefined && !wanted.includes(configuration)) continue
    // Items that bound another one, rather than being a device.
    if (['min', 'max'].includes(element.attributes.get('bound') ?? '')) continue
    const item = itemOf(element)
    byInstance.set(item.instance === '' ? `#${byInstance.size}` : item.instance, item)
  }
  return [...byInstance.values()]
}

function itemOf(element: XmlElement): Item {
  const fields = new Map<string, string>()
  for (const { name, text } of element.children) if (!fields.has(name)) fields.set(name, text)
  const field = (name: string): string => fields.get(name) ?? ''
  const optional = (name: string): string | undefined => (field(name) === '' ? undefined : field(name))
  return {
    instance: field('InstanceID') || field('InstanceId'),
    type: wholeNumber(field('ResourceType')) ?? 0,
    subtype: field('ResourceSubType'),
    name: (field('ElementName') || field('Caption')).slice(0, 100),
    parent: field('Parent'),
    addressOnParent: wholeNumber(field('AddressOnParent')) ?? 0,
    address: wholeNumber(field('Address')) ?? 0,
    quantity: field('VirtualQuantity'),
    units: optional('AllocationUnits'),
    hostResource: optional('HostResource'),
    connection: optional('Connection'),
    macAddress: optional('Address'),
    coresPerSocket: optional('CoresPerSocket'),
  }
}

function diskOf(item: Item, items: ReadonlyMap<string, Item>, references: OvfReferences): OvfDisk {
  const found = referred(item.hostResource, references)
  const controller = items.get(item.parent)
  if (found?.disk === undefined) {
    const resource = item.hostResource?.slice(0, 80) ?? 'nothing'
    throw new OvfError('Unreadable', `"${item.name}" refers to ${resource}, which is no disk of the descriptor`)
  }
  const model = controller?.subtype ?? ''
  return {
    ...found.disk,
    name: item.name,
    controller: controllerOf(controller),
    ...(model === '' ? {} : { controllerModel: model.slice(0, 60) }),
    controllerIndex: controller?.address ?? 0,
    unit: item.addressOnParent,
  }
}

function cdRomOf(item: Item, items: ReadonlyMap<string, Item>, references: OvfReferences): OvfCdRom {
  const found = referred(item.hostResource, references)
  const file = found?.file ?? found?.disk?.file
  return { name: item.name, controller: controllerOf(items.get(item.parent)), ...(file === undefined ? {} : { file }) }
}

/** `ovf:/disk/vmdisk1`, `/disk/vmdisk1`, `ovf:/file/file2`. */
function referred(
  resource: string | undefined,
  { files, disks }: OvfReferences,
): { disk?: ReturnType<typeof disks.get>; file?: OvfFile } | undefined {
  const [, kind, id = ''] = /^(?:ovf:)?\/(disk|file)\/(.+)$/.exec(resource ?? '') ?? []
  if (kind === 'disk') return { disk: disks.get(id) }
  const file = kind === 'file' ? files.get(id) : undefined
  return file === undefined ? undefined : { file }
}

function controllerOf(controller: Item | undefined): DiskController {
  if (controller === undefined) return 'unknown'
  if (controller.type === kinds.ide) return 'ide'
  if (/nvme/i.test(controller.subtype)) return 'nvme'
  if (/ahci|sata/i.test(`${controller.subtype} ${controller.name}`)) return 'sata'
  if (controller.type === kinds.scsi) return /virtio/i.test(controller.subtype) ? 'virtio' : 'scsi'
  return /virtio/i.test(`${controller.subtype} ${controller.name}`) ? 'virtio' : 'unknown'
}

function cardOf(item: Item): OvfCard {
  const mac = item.macAddress?.replaceAll('-', ':').toLowerCase() ?? ''
  const plain = /^[0-9a-f]{12}$/.test(mac) ? (mac.match(/../g)?.join(':') ?? '') : mac
  return {
    name: item.name,
    ...(item.connection === undefined ? {} : { network: item.connection.slice(0, 100) }),
    ...(/^(?:[0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(plain) ? { mac: plain } : {}),
    ...(item.subtype === '' ? {} : { model: item.subtype.slice(0, 60) }),
  }
}

function wholeNumber(text: string): number | undefined {
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined
}
