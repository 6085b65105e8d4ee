/** How fields stand together. */

import { useId, type ReactNode } from 'react'
import styles from './fields.module.css'

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
