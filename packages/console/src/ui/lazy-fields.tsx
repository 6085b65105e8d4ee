/** Fields with lists that open: their code comes a moment after the page, which holds their place meanwhile. */

import type { AutocompleteProps, SelectProps, TagsInputProps } from '@mantine/core'
import { lazy, Suspense, type ComponentType, type ReactNode } from 'react'
import styles from './fields.module.css'

const SelectInput = lazy(async () => ({ default: (await import('./select-input.tsx')).SelectInput }))
const SuggestInput = lazy(async () => ({ default: (await import('./list-inputs.tsx')).SuggestInput }))
const TagsInputs = lazy(async () => ({ default: (await import('./list-inputs.tsx')).TagsInputs }))

interface Labelled {
  label?: ReactNode
  description?: ReactNode
  className?: string | undefined
}

/** One of many. */
export function SelectField(props: SelectProps) {
  return placed(SelectInput, props)
}

/** A text with suggestions. */
export function SuggestField(props: AutocompleteProps) {
  return placed(SuggestInput, props)
}

/** Several short texts: labels, addresses. */
export function TagsField(props: TagsInputProps) {
  return placed(TagsInputs, props)
}

function placed<Props extends Labelled>(Field: ComponentType<Props>, props: Props) {
  const { label, description, className } = props
  return (
    <Suspense
      fallback={
        <div className={className} aria-busy>
          {label !== undefined && <div className={styles['label']}>{label}</div>}
          {description !== undefined && <div className={styles['description']}>{description}</div>}
          <div className={styles['coming']} />
        </div>
      }
    >
      <Field {...props} />
    </Suspense>
  )
}
