/** What the guest is set up with at its first start: cloud-init's texts, or the name of what holds them. */

import { useId } from 'react'
import { isJsonObject, type JsonObject } from '@berth/meta'
import { draftValue, valueAt, type DraftPath } from '@berth/view'
import { useMessages } from '../../../i18n/index.ts'
import { Button, Notice, TextAreaField } from '../../../ui/index.ts'
import { namedItems } from './list-fields.ts'
import { useDraftContext, useField } from './draft-context.tsx'
import { FieldRow, PlainRow } from './field-row.tsx'
import { places } from './field-table.ts'
import { mono } from './mono.ts'

const kinds = ['cloudInitNoCloud', 'cloudInitConfigDrive'] as const
const starting = '#cloud-config\n'

export function CloudInitPart() {
  const t = useMessages('machine')
  const { machineDraft } = useDraftContext()
  const volumes = namedItems(valueAt(draftValue(machineDraft.draft), [...places.spec, 'volumes']))
  const sysprep = volumes.find((volume) => volume['sysprep'] !== undefined)
  const found = volumes.flatMap((volume) =>
    kinds.filter((kind) => isJsonObject(volume[kind])).map((kind) => ({ volume, kind })),
  )
  const add = (): void => {
    const name = 'cloudinit'
    machineDraft.set([...places.spec, 'volumes', { name }], { name, cloudInitNoCloud: { userData: starting } })
    machineDraft.set([...places.devices, 'disks', { name }], { name, disk: { bus: 'virtio' } })
  }
  return (
    <>
      <Notice>{t('guest.firstStart')}</Notice>
      {sysprep !== undefined && <Notice>{t('guest.sysprep', { name: sysprep.name })}</Notice>}
      {found.length === 0 ? (
        <div>
          <Button icon="add" onClick={add}>
            {t('guest.add')}
          </Button>
        </div>
      ) : (
        found.map(({ volume, kind }) => (
          <Source
            key={volume.name}
            place={[...places.spec, 'volumes', { name: volume.name }, kind]}
            source={volume[kind]}
          />
        ))
      )}
    </>
  )
}

function Source({ place, source }: { place: DraftPath; source: unknown }) {
  const t = useMessages('machine')
  const given: JsonObject = isJsonObject(source) ? source : {}
  const secret = valueAt(given, ['secretRef', 'name'])
  if (typeof secret === 'string') {
    return (
      <>
        <Notice>{t('guest.secret', { name: secret })}</Notice>
        <FieldRow field={{ id: 'cloudInitSecret', path: [...place, 'secretRef', 'name'], kind: 'text' }} />
      </>
    )
  }
  if (given['userDataBase64'] !== undefined) return <Notice>{t('guest.base64')}</Notice>
  return (
    <>
      <LongText id="userData" place={[...place, 'userData']} />
      <LongText id="networkData" place={[...place, 'networkData']} />
    </>
  )
}

function LongText({ id: word, place }: { id: 'userData' | 'networkData'; place: DraftPath }) {
  const t = useMessages('machine')
  const id = useId()
  const state = useField(place)
  return (
    <PlainRow id={id} label={t(`field.${word}`)} hint={t(`fieldHint.${word}`)} state={state}>
      <TextAreaField
        size="xs"
        id={id}
        autosize
        minRows={word === 'userData' ? 8 : 2}
        maxRows={24}
        spellCheck={false}
        styles={mono}
        value={typeof state.value === 'string' ? state.value : ''}
        error={state.error}
        onChange={({ currentTarget }) => state.set(currentTarget.value === '' ? undefined : currentTarget.value)}
      />
    </PlainRow>
  )
}
