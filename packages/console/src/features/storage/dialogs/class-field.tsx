/** Chooses a storage class, with what is free in each. */

import type { ReactNode } from 'react'
import { defaultClass, type ClassRow } from '@berth/view'
import { useFormat, useMessages } from '../../../i18n/index.ts'
import { SelectField } from '../../../ui/index.ts'

export interface ClassFieldProps {
  classes: readonly ClassRow[]
  /** Nothing is the default class. */
  value: string | null
  onChange: (value: string | null) => void
  label?: string
}

export function ClassField({ classes, value, onChange, label }: ClassFieldProps): ReactNode {
  const t = useMessages('storage')
  const standard = defaultClass(classes)
  return (
    <SelectField
      label={label ?? t('column.class')}
      placeholder={standard === undefined ? t('disk.defaultClass') : t('disk.defaultClassIs', { name: standard.name })}
      value={value}
      data={useClassChoices(classes)}
      onChange={onChange}
      clearable
    />
  )
}

export function useClassChoices(classes: readonly ClassRow[]): { value: string; label: string }[] {
  const t = useMessages('storage')
  const format = useFormat()
  return classes.map(({ name, free }) => ({
    value: name,
    label: free === undefined ? name : t('disk.classFree', { name, free: format.bytes(free) }),
  }))
}
