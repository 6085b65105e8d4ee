/**
 * Short words at the edge of the page after something was done. Never the only record of a failure: tasks keep those. They stay while
 * the pointer or the focus is on them.
 */

import { useEffect, useState, useSyncExternalStore } from 'react'
import { useTranslation } from 'react-i18next'
import { Button, IconButton } from './button.tsx'
import styles from './toasts.module.css'

export interface Toast {
  text: string
  tone?: 'info' | 'success' | 'danger'
  /** Such as Undo. */
  action?: { label: string; onSelect: () => void }
}

interface Shown extends Toast {
  id: number
}

const lifeMs = 7000
const atMost = 4
let toasts: readonly Shown[] = []
let next = 1
const listeners = new Set<() => void>()

function set(changed: readonly Shown[]): void {
  toasts = changed
  for (const listener of listeners) listener()
}

export function showToast(toast: Toast): void {
  set([...toasts, { ...toast, id: next++ }].slice(-atMost))
}

const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

export function ToastRegion() {
  const { t } = useTranslation('ui')
  const shown = useSyncExternalStore(subscribe, () => toasts)
  const [held, setHeld] = useState(false)
  useEffect(() => {
    const first = shown[0]
    if (first === undefined || held) return
    const timer = setTimeout(() => set(toasts.filter(({ id }) => id !== first.id)), lifeMs)
    return () => clearTimeout(timer)
  }, [shown, held])
  return (
    // What is read stays: the pointer and the focus hold it.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <section
      className={styles['region']}
      aria-label={t('messages')}
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
    >
      <div aria-live="polite" aria-relevant="additions" className={styles['list']}>
        {shown.map(({ id, text, tone = 'info', action }) => (
          <div key={id} className={styles['toast']} data-tone={tone}>
            <span className={styles['text']}>{text}</span>
            {action !== undefined && (
              <Button
                kind="quiet"
                onClick={() => {
                  action.onSelect()
                  set(toasts.filter((toast) => toast.id !== id))
                }}
              >
                {action.label}
              </Button>
            )}
            <IconButton
              icon="close"
              label={t('close')}
              onClick={() => set(toasts.filter((toast) => toast.id !== id))}
            />
          </div>
        ))}
      </div>
    </section>
  )
}
