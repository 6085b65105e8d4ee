/** A number, with its bounds. */

import { NumberInput, type NumberInputProps } from '@mantine/core'
import { input } from './field-classes.ts'
import styles from './fields.module.css'

export function NumberField(props: NumberInputProps) {
  return <NumberInput classNames={{ ...input, controls: styles['controls'] ?? '' }} size="sm" {...props} />
}
