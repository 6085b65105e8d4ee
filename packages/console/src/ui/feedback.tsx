/** What a page shows while it waits, when there is nothing, and when something went wrong. */

import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Icon, type IconName } from './icons.tsx'
import { Button } from './button.tsx'
import styles from './feedback.module.css'

/** Grey bars in the geometry of what is to come. */
export function Skeleton({ lines = 3, height, width }: { lines?: number; height?: string; width?: string }) {
  const { t } = useTranslation('ui')
  return (
    <div className={styles['skeleton']} role="status">
      <span className="visually-hidden">{t('loading')}</span>
      {Array.from({ length: lines }, (_unused, index) => (
        <span
          key={index}
          style={{ blockSize: height ?? '1rem', inlineSize: width ?? `${90 - ((index * 17) % 40)}%` }}
          aria-hidden
        />
      ))}
    </div>
  )
}

export interface EmptyProps {
  icon?: IconName
  title: string
  children?: ReactNode
  /** The first step: a button. */
  action?: ReactNode
}

export function Empty({ icon, title, children, action }: EmptyProps) {
  return (
    <div className={styles['empty']}>
      {icon !== undefined && (
        <span className={styles['emptyIcon']}>
          <Icon name={icon} />
        </span>
      )}
      <p className={styles['emptyTitle']}>{title}</p>
      {children !== undefined && <div className={styles['emptyText']}>{children}</div>}
      {action}
    </div>
  )
}

export interface NoticeProps {
  tone?: 'info' | 'attention' | 'danger' | 'success'
  title?: string
  children?: ReactNode
  /** Buttons that mend it. */
  actions?: ReactNode
}

const noticeIcons = { info: 'info', attention: 'alert', danger: 'alert', success: 'check' } as const

/** Something one should know here. A danger is told to screen readers at once. */
export function Notice({ tone = 'info', title, children, actions }: NoticeProps) {
  return (
    <div className={styles['notice']} data-tone={tone} role={tone === 'danger' ? 'alert' : undefined}>
      <span className={styles['noticeIcon']}>
        <Icon name={noticeIcons[tone]} />
      </span>
      <div className={styles['noticeText']}>
        {title !== undefined && <strong>{title}</strong>}
        {children !== undefined && <div>{children}</div>}
      </div>
      {actions !== undefined && <div className={styles['noticeActions']}>{actions}</div>}
    </div>
  )
}

export interface ProblemProps {
  /** What was tried: `The list could not be read`. */
  title: string
  error: unknown
  onRetry?: () => void
}

/** A failure in the words of whoever failed, and the button that tries again. */
export function Problem({ title, error, onRetry }: ProblemProps) {
  const { t } = useTranslation('ui')
  return (
    <Notice
      tone="danger"
      title={title}
      actions={onRetry !== undefined && <Button onClick={onRetry}>{t('retry')}</Button>}
    >
      {error instanceof Error ? error.message : String(error)}
    </Notice>
  )
}

/** `value` of 0 to 1; without one it is not known how far it is. */
export function ProgressBar({ value, label }: { value?: number; label: string }) {
  return (
    <span
      className={styles['progress']}
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={value === undefined ? undefined : Math.round(value * 100)}
      data-unknown={value === undefined || undefined}
    >
      <span style={value === undefined ? undefined : { inlineSize: `${Math.min(1, Math.max(0, value)) * 100}%` }} />
    </span>
  )
}
