/** A disk from a file: its name, size and place, and whether it is offered as an image. */

import { useState } from 'react'
import { defaultClass, fitOn, type DiskHeader, type DiskUploadWish } from '@berth/view'
import { useFormat, useMessages } from '../../i18n/index.ts'
import { CheckboxField, Form, Stack, TextField, helpBelow } from '../../ui/index.ts'
import { FitNote } from '../storage/dialogs/fit-note.tsx'
import { usePlace } from '../storage/dialogs/place-fields.tsx'
import { ClassField } from '../storage/dialogs/class-field.tsx'
import { useClasses } from '../storage/dialogs/use-classes.ts'
import { bytesIn, isName, isQuantity, quantityOf } from '../storage/names.ts'
import type { FormProps } from './form-props.ts'
import { nameFrom } from './name-from.ts'
import { useReport } from './use-report.ts'

const MiB = 2 ** 20

interface DiskFormProps extends FormProps {
  header: DiskHeader
  name?: string
  image: boolean
  wish: DiskUploadWish | undefined
}

export function DiskForm({ fileName, here, onReady, header, name: proposed, image, wish }: DiskFormProps) {
  const t = useMessages('uploads')
  const words = useMessages('storage')
  const format = useFormat()
  const { place, fields } = usePlace(wish)
  const [name, setName] = useState(wish?.name ?? proposed ?? nameFrom(fileName))
  const [size, setSize] = useState(wish?.size ?? sizeOf(header))
  const [className, setClass] = useState<string | null>(wish?.class ?? null)
  const [offer, setOffer] = useState(wish === undefined ? image : wish.image !== undefined)
  const [sha256, setSha256] = useState('')
  const classes = useClasses(place.cluster)
  const of = className === null ? defaultClass(classes) : classes.find((each) => each.name === className)
  const bytes = bytesIn(size)
  const fit = fitOn(of, bytes ?? 0)
  const nameError = name !== '' && !isName(name) ? words('form.badName') : undefined
  const sizeError = size !== '' && !isQuantity(size) ? words('form.badSize') : undefined
  const sumError = sha256 === '' || /^[0-9a-f]{64}$/i.test(sha256) ? undefined : t('badSum')
  const small = header.bytes !== undefined && bytes !== undefined && bytes < header.bytes
  const reason =
    (name === '' ? words('form.noName') : nameError) ??
    (size === '' ? t('noSize') : sizeError) ??
    (small ? t('tooSmall', { size: format.bytes(header.bytes ?? 0) }) : undefined) ??
    sumError ??
    (fit.kind === 'too-large'
      ? words('fit.tooLarge', { free: format.bytes(fit.free), missing: format.bytes(fit.missing) })
      : undefined)
  const made: DiskUploadWish = {
    kind: 'disk',
    ...place,
    name,
    size,
    ...(className === null ? {} : { class: className }),
    ...(offer ? { image: name } : {}),
  }
  useReport(onReady, { wish: made, ...(sha256 === '' ? {} : { sha256: sha256.toLowerCase() }) }, reason)
  return (
    <Stack>
      <Form columns={2}>
        <TextField
          label={words('column.name')}
          value={name}
          error={nameError}
          onChange={(event) => setName(event.currentTarget.value.trim())}
        />
        {fields}
        <TextField
          label={words('column.size')}
          inputWrapperOrder={[...helpBelow]}
          description={
            header.bytes === undefined
              ? t('sizeUnknown')
              : t('sizeKnown', { format: header.format, size: format.bytes(header.bytes) })
          }
          value={size}
          error={sizeError}
          onChange={(event) => setSize(event.currentTarget.value.trim())}
        />
        <ClassField classes={classes} value={className} onChange={setClass} />
        {!here && (
          <TextField
            label={t('sum')}
            inputWrapperOrder={[...helpBelow]}
            description={t('sumHint')}
            value={sha256}
            error={sumError}
            onChange={(event) => setSha256(event.currentTarget.value.trim())}
          />
        )}
      </Form>
      <CheckboxField label={t('offer')} checked={offer} onChange={(event) => setOffer(event.currentTarget.checked)} />
      {bytes !== undefined && <FitNote fit={fit} />}
    </Stack>
  )
}

/** Whole MiB, which every class takes. */
function sizeOf({ bytes }: DiskHeader): string {
  return bytes === undefined ? '' : quantityOf(Math.max(1, Math.ceil(bytes / MiB)) * MiB)
}
