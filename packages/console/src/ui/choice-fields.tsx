/** What is chosen by a click: yes or no, one of a few. */

import { Checkbox, Radio, SegmentedControl, Switch, type CheckboxProps, type SwitchProps } from '@mantine/core'
import { input } from './field-classes.ts'
import styles from './fields.module.css'

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
