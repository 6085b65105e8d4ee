import type { ReactNode } from 'react'
import { defaultClass } from '@berth/view'
import { useMessages } from '../../../i18n/index.ts'
import { SelectField } from '../../../ui/index.ts'
import { useClasses } from '../../storage/dialogs/use-classes.ts'

export interface ClassFieldProps {
  cluster: string
  /** The default one where there is none. */
  value: string | null
  onChange: (value: string | null) => void
}

export function ClassField({ cluster, value, onChange }: ClassFieldProps): ReactNode {
  const words = useMessages('storage')
  const classes = useClasses(cluster)
  const standard = defaultClass(classes)
  return (
    <SelectField
      label={words('column.class')}
      placeholder={
        standard === undefined ? words('disk.defaultClass') : words('disk.defaultClassIs', { name: standard.name })
      }
      value={value}
      data={classes.map(({ name }) => name)}
      onChange={onChange}
      clearable
    />
  )
}
