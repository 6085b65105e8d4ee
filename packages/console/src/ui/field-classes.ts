/** Class names of the parts of Mantine's fields. */

import styles from './fields.module.css'

export const input = {
  label: styles['label'] ?? '',
  description: styles['description'] ?? '',
  error: styles['error'] ?? '',
  input: styles['input'] ?? '',
  wrapper: styles['wrapper'] ?? '',
}

export const dropdown = { ...input, dropdown: styles['dropdown'] ?? '', option: styles['option'] ?? '' }
