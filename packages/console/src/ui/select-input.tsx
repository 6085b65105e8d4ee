/** One of many, found by typing. */

import { Select, type SelectProps } from '@mantine/core'
import { dropdown } from './field-classes.ts'

export function SelectInput(props: SelectProps) {
  return <Select classNames={dropdown} size="sm" {...props} />
}
