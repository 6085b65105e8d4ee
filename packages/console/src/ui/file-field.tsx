/** Chooses files of this computer: the browser's own button, with a label like every field. */

import { useId } from 'react'
import styles from './fields.module.css'

export interface FileFieldProps {
  label: string
  description?: string
  error?: string | undefined
  /** Endings with their dots. */
  accept?: readonly string[]
  multiple?: boolean
  onChoose: (files: File[]) => void
}

export function FileField({ label, description, error, accept, multiple = false, onChoose }: FileFieldProps) {
  const id = useId()
  const described = [description === undefined ? '' : `${id}-about`, error === undefined ? '' : `${id}-error`]
  return (
    <div>
      <label htmlFor={id} className={styles['label']}>
        {label}
      </label>
      <input
        id={id}
        type="file"
        className={styles['file']}
        multiple={multiple}
        aria-invalid={error !== undefined || undefined}
        aria-describedby={described.filter((part) => part !== '').join(' ') || undefined}
        {...(accept === undefined ? {} : { accept: accept.join(',') })}
        onChange={(event) => {
          const files = [...(event.currentTarget.files ?? [])]
          if (files.length > 0) onChoose(files)
        }}
      />
      {description !== undefined && (
        <div id={`${id}-about`} className={styles['description']}>
          {description}
        </div>
      )}
      {error !== undefined && (
        <div id={`${id}-error`} role="alert" className={styles['error']}>
          {error}
        </div>
      )}
    </div>
  )
}
