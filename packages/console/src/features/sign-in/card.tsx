/** The frame of the pages one sees before the shell: one card, in the middle. */

import type { ReactNode } from 'react'
import { useMessages } from '../../i18n/index.ts'
import { useTitle } from '../../ui/index.ts'
import styles from './sign-in.module.css'

export function Card({ title, children }: { title: string; children: ReactNode }) {
  const t = useMessages('sign-in')
  useTitle(title)
  return (
    <div className={styles['page']}>
      <div className={styles['card']}>
        <p className={styles['brand']}>{t('product')}</p>
        <h1 tabIndex={-1}>{title}</h1>
        {children}
      </div>
    </div>
  )
}
