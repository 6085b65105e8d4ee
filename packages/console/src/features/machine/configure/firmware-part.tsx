/** BIOS, UEFI or UEFI with Secure Boot: one choice, several fields. */

import { useId } from 'react'
import { isJsonObject, type JsonObject } from '@berth/meta'
import { useMessages } from '../../../i18n/index.ts'
import { SelectField } from '../../../ui/index.ts'
import { useField } from './draft-context.tsx'
import { PlainRow, FieldRow } from './field-row.tsx'
import { places } from './field-table.ts'

const kinds = ['', 'bios', 'efi', 'efi-secure'] as const
type Kind = (typeof kinds)[number]
const bootloader = [...places.domain, 'firmware', 'bootloader']

export function FirmwarePart() {
  const t = useMessages('machine')
  const id = useId()
  const state = useField(bootloader)
  const persistent =
    isJsonObject(state.value) && isJsonObject(state.value['efi']) ? state.value['efi']['persistent'] : undefined
  const kept: JsonObject = persistent === undefined ? {} : { persistent }
  const values: Record<Kind, JsonObject | undefined> = {
    '': undefined,
    bios: { bios: {} },
    efi: { efi: { ...kept, secureBoot: false } },
    'efi-secure': { efi: { ...kept, secureBoot: true } },
  }
  const kind = kindOf(state.value)
  return (
    <>
      <PlainRow id={id} label={t('field.firmware')} hint={t('fieldHint.firmware')} state={state}>
        <SelectField
          size="xs"
          id={id}
          value={kind}
          data={kinds.map((each) => ({
            value: each,
            label: each === '' ? t('configure.unset') : t(`firmware.${each}`),
          }))}
          error={state.error}
          onChange={(next) => state.set(values[kinds.find((each) => each === next) ?? ''])}
          allowDeselect={false}
        />
      </PlainRow>
      {kind.startsWith('efi') && (
        <FieldRow field={{ id: 'efiPersistent', path: [...bootloader, 'efi', 'persistent'], kind: 'switch' }} />
      )}
    </>
  )
}

function kindOf(value: unknown): Kind {
  if (!isJsonObject(value)) return ''
  const { efi } = value
  // Secure Boot is on unless it is said to be off.
  if (isJsonObject(efi)) return efi['secureBoot'] === false ? 'efi' : 'efi-secure'
  return value['bios'] === undefined ? '' : 'bios'
}
