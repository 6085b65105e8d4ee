/** Fields of the items of lists: each disk and each interface has its own. */

import { isJsonObject, type Json, type JsonObject } from '@berth/meta'
import { valueAt, type DraftPath } from '@berth/view'
import { places, type FieldSpec } from './field-table.ts'

export type Named = JsonObject & { name: string }

const devices = ['disk', 'cdrom', 'lun'] as const
const buses = ['', 'virtio', 'sata', 'scsi', 'usb']
const models = ['', 'virtio', 'e1000', 'e1000e', 'igb', 'rtl8139']

/** Items of a list that have names; others are left to the YAML. */
export function namedItems(value: Json | undefined): Named[] {
  if (!Array.isArray(value)) return []
  return value.filter((item): item is Named => isJsonObject(item) && typeof item['name'] === 'string')
}

export function diskFields(disk: Named): FieldSpec[] {
  const place: DraftPath = [...places.devices, 'disks', { name: disk.name }]
  const device = devices.find((each) => disk[each] !== undefined) ?? 'disk'
  return [
    { id: 'diskBus', path: [...place, device, 'bus'], kind: 'select', options: buses },
    ...(device === 'disk'
      ? [{ id: 'diskReadonly', path: [...place, device, 'readonly'], kind: 'switch' } as const]
      : []),
    { id: 'bootOrder', path: [...place, 'bootOrder'], kind: 'number', least: 1 },
    { id: 'diskCache', path: [...place, 'cache'], kind: 'select', options: ['', 'none', 'writethrough', 'writeback'] },
    { id: 'diskSerial', path: [...place, 'serial'], kind: 'text' },
  ]
}

export function interfaceFields({ name }: Named, networks: readonly Named[]): FieldSpec[] {
  const place: DraftPath = [...places.devices, 'interfaces', { name }]
  const network = networks.find((each) => each.name === name)
  const multus: FieldSpec[] = isJsonObject(network?.['multus'])
    ? [{ id: 'networkName', path: [...places.spec, 'networks', { name }, 'multus', 'networkName'], kind: 'text' }]
    : []
  return [
    ...multus,
    { id: 'nicModel', path: [...place, 'model'], kind: 'select', options: models },
    { id: 'macAddress', path: [...place, 'macAddress'], kind: 'text' },
    { id: 'bootOrder', path: [...place, 'bootOrder'], kind: 'number', least: 1 },
    { id: 'ports', path: [...place, 'ports'], kind: 'yaml' },
  ]
}

/** Of every disk and interface of a manifest. */
export function listFields(value: Json | undefined): DraftPath[] {
  const disks = namedItems(valueAt(value, [...places.devices, 'disks'])).flatMap(diskFields)
  const networks = namedItems(valueAt(value, [...places.spec, 'networks']))
  const interfaces = namedItems(valueAt(value, [...places.devices, 'interfaces'])).flatMap((each) =>
    interfaceFields(each, networks),
  )
  return [...disks, ...interfaces].map(({ path }) => path)
}
