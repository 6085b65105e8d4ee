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
import { helpBelow } from './help-below.ts'

/** `error` is the sentence that says what is wrong; `description` what is meant. All are Mantine's own props. */
export function TextField(props: TextInputProps) {
  return <TextInput classNames={input} size="sm" {...props} />
}

/** One word, address or number with its unit: blanks around it are never meant. */
export function WordField({
  help,
  onWord,
  ...props
}: Omit<TextInputProps, 'onChange' | 'description'> & {
  /** What is meant, under the field. */
  help?: string | undefined
  onWord: (word: string) => void
}) {
  return (
    <TextField
      inputWrapperOrder={[...helpBelow]}
      description={help}
      spellCheck={false}
      {...props}
      onChange={(event) => onWord(event.currentTarget.value.trim())}
    />
  )
}

export function PasswordField(props: PasswordInputProps) {
  return <PasswordInput classNames={{ ...input, innerInput: styles['inner'] ?? '' }} size="sm" {...props} />
}

export function TextAreaField(props: TextareaProps) {
  return <Textarea classNames={input} size="sm" {...props} />
}
