/** Fields one types into: a label that is always seen, the error in words under the field and told to screen readers. */

import {
  PasswordInput,
  Textarea,
  TextInput,
  type PasswordInputProps,
  type TextareaProps,
  type TextInputProps,
} from '@mantine/core'
import { input } from './field-classes.ts'
import styles from './fields.module.css'

/** `error` is the sentence that says what is wrong; `description` what is meant. All are Mantine's own props. */
export function TextField(props: TextInputProps) {
  return <TextInput classNames={input} size="sm" {...props} />
}

export function PasswordField(props: PasswordInputProps) {
  return <PasswordInput classNames={{ ...input, innerInput: styles['inner'] ?? '' }} size="sm" {...props} />
}

export function TextAreaField(props: TextareaProps) {
  return <Textarea classNames={input} size="sm" {...props} />
}
