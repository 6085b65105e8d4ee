/** Disks of the manifest: how each is connected. New ones are attached on the page of disks. */

import { isJsonObject, type JsonObject } from '@berth/meta'
import { draftValue, valueAt } from '@berth/view'
import { useMessages } from '../../../i18n/index.ts'
import { Button, Empty, FieldGroup } from '../../../ui/index.ts'
import { useDraftContext } from './draft-context.tsx'
import { FieldRow } from './field-row.tsx'
import { places } from './field-table.ts'
import { diskFields, namedItems } from './list-fields.ts'
import styles from './configure.module.css'

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
            {diskFields(disk).map((field) => (
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
