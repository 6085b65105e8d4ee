/** Disks of the manifest: how each is connected. New ones are attached on the page of disks. */

import { isJsonObject, type Json, type JsonObject } from '@berth/meta'
import { valueAt, type DraftPath } from '@berth/view'
import { draftValue } from '@berth/view'
import { useMessages } from '../../../i18n/index.ts'
import { Button, Empty, FieldGroup } from '../../../ui/index.ts'
import { useDraftContext } from './draft-context.tsx'
import { FieldRow } from './field-row.tsx'
import { places, type FieldSpec } from './field-table.ts'
import styles from './configure.module.css'

const devices = ['disk', 'cdrom', 'lun'] as const
const buses = ['', 'virtio', 'sata', 'scsi', 'usb']

export function DisksPart() {
  const t = useMessages('machine')
  const { machineDraft } = useDraftContext()
  const value = draftValue(machineDraft.draft)
  const disks = namedItems(valueAt(value, [...places.devices, 'disks']))
  const volumes = namedItems(valueAt(value, [...places.spec, 'volumes']))
  if (disks.length === 0 && volumes.length === 0) return <Empty icon="disk" title={t('disks.none')} />
  const remove = (name: string): void => {
    machineDraft.set([...places.devices, 'disks', { name }], undefined)
    machineDraft.set([...places.spec, 'volumes', { name }], undefined)
  }
  return (
    <>
      {disks.map((disk) => {
        const volume = volumes.find(({ name }) => name === disk.name)
        return (
          <FieldGroup key={disk.name} legend={disk.name} description={sourceText(volume, t('disks.empty'))}>
            {fieldsOf(disk).map((field) => (
              <FieldRow key={field.id} field={field} />
            ))}
            <div className={styles['remove']}>
              <Button kind="quiet" icon="remove" onClick={() => remove(disk.name)}>
                {t('configure.removeOf', { name: disk.name })}
              </Button>
            </div>
          </FieldGroup>
        )
      })}
    </>
  )
}

export function namedItems(value: Json | undefined): (JsonObject & { name: string })[] {
  if (!Array.isArray(value)) return []
  return value.filter(
    (item): item is JsonObject & { name: string } => isJsonObject(item) && typeof item['name'] === 'string',
  )
}

function fieldsOf(disk: JsonObject & { name: string }): FieldSpec[] {
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

function sourceText(volume: JsonObject | undefined, empty: string): string {
  if (volume === undefined) return empty
  const [kind, source] = Object.entries(volume).find(([key]) => key !== 'name') ?? []
  if (kind === undefined) return empty
  const name = isJsonObject(source)
    ? ['claimName', 'name', 'image', 'capacity', 'path', 'secretName']
        .map((key) => source[key])
        .find((each) => typeof each === 'string')
    : undefined
  return typeof name === 'string' ? `${kind}: ${name}` : kind
}
