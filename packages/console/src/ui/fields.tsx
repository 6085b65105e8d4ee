/** Fields of forms: a label that is always seen, help beneath it, the error in words under the field and told to screen readers. */

import {
  Autocomplete,
  Checkbox,
  MultiSelect,
  NumberInput,
  PasswordInput,
  Radio,
  SegmentedControl,
  Select,
  Switch,
  TagsInput,
  Textarea,
  TextInput,
  type AutocompleteProps,
  type CheckboxProps,
  type MultiSelectProps,
  type NumberInputProps,
  type PasswordInputProps,
  type SelectProps,
  type SwitchProps,
  type TagsInputProps,
  type TextareaProps,
  type TextInputProps,
} from '@mantine/core'
import { useId, type ReactNode } from 'react'
import styles from './fields.module.css'

const input = {
  label: styles['label'] ?? '',
  description: styles['description'] ?? '',
  error: styles['error'] ?? '',
  input: styles['input'] ?? '',
  wrapper: styles['wrapper'] ?? '',
}

const dropdown = { ...input, dropdown: styles['dropdown'] ?? '', option: styles['option'] ?? '' }

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

export function NumberField(props: NumberInputProps) {
  return <NumberInput classNames={{ ...input, controls: styles['controls'] ?? '' }} size="sm" {...props} />
}

export function SelectField(props: SelectProps) {
  return <Select classNames={dropdown} size="sm" {...props} />
}

/** A text with suggestions. */
export function SuggestField(props: AutocompleteProps) {
  return <Autocomplete classNames={dropdown} size="sm" {...props} />
}

export function MultiSelectField(props: MultiSelectProps) {
  return <MultiSelect classNames={dropdown} size="sm" {...props} />
}

/** Several short texts: labels, addresses. */
export function TagsField(props: TagsInputProps) {
  return <TagsInput classNames={dropdown} size="sm" {...props} />
}

export function CheckboxField(props: CheckboxProps) {
  return <Checkbox size="xs" classNames={{ label: styles['choice'] ?? '', body: styles['body'] ?? '' }} {...props} />
}

export function SwitchField(props: SwitchProps) {
  return <Switch size="xs" classNames={{ label: styles['choice'] ?? '', body: styles['body'] ?? '' }} {...props} />
}

export interface RadioFieldProps<Value extends string> {
  label: string
  description?: string
  error?: string
  value: Value
  options: readonly { value: Value; label: string; description?: string; disabled?: boolean }[]
  onChange: (value: Value) => void
}

export function RadioField<Value extends string>({
  label,
  description,
  error,
  value,
  options,
  onChange,
}: RadioFieldProps<Value>) {
  return (
    <Radio.Group
      label={label}
      description={description}
      error={error}
      value={value}
      onChange={(chosen) => onChange(chosen)}
      classNames={{ label: input.label, description: input.description, error: input.error }}
    >
      <div className={styles['choices']}>
        {options.map((option) => (
          <Radio
            key={option.value}
            value={option.value}
            label={option.label}
            description={option.description}
            disabled={option.disabled ?? false}
            size="xs"
            classNames={{ label: styles['choice'] ?? '', body: styles['body'] ?? '' }}
          />
        ))}
      </div>
    </Radio.Group>
  )
}

export interface SegmentsProps<Value extends string> {
  /** Accessible name. */
  label: string
  value: Value
  options: readonly { value: Value; label: string }[]
  onChange: (value: Value) => void
}

/** One of a few, all of them seen. */
export function Segments<Value extends string>({ label, value, options, onChange }: SegmentsProps<Value>) {
  return (
    <SegmentedControl
      aria-label={label}
      size="xs"
      value={value}
      data={options.map((option) => ({ ...option }))}
      onChange={(chosen) => onChange(chosen)}
      classNames={{
        root: styles['segments'] ?? '',
        label: styles['segment'] ?? '',
        indicator: styles['indicator'] ?? '',
      }}
      transitionDuration={0}
    />
  )
}

/** Fields that belong together, under a legend. */
export function FieldGroup({
  legend,
  description,
  children,
}: {
  legend: string
  description?: string
  children: ReactNode
}) {
  const id = useId()
  return (
    <fieldset className={styles['group']} aria-describedby={description === undefined ? undefined : id}>
      <legend>{legend}</legend>
      {description !== undefined && (
        <p id={id} className={styles['description']}>
          {description}
        </p>
      )}
      {children}
    </fieldset>
  )
}

/** Fields one under the other, or in as many columns as fit. */
export function Form({ children, columns = 1 }: { children: ReactNode; columns?: 1 | 2 | 3 }) {
  return (
    <div className={styles['form']} data-columns={columns}>
      {children}
    </div>
  )
}
