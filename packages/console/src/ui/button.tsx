/** Buttons. One that can't be used now stays where it is, can be reached by keyboard, and says why. */

import { useId, type KeyboardEvent, type MouseEvent, type ReactNode, type Ref } from 'react'
import { Link } from '../routes/navigation.tsx'
import { Icon, type IconName } from './icons.tsx'
import { Tooltip } from './tooltip.tsx'
import styles from './button.module.css'

export interface ButtonProps {
  children: ReactNode
  /** `primary`: the one thing to do here. `quiet`: without a frame. `danger`: what can't be taken back. */
  kind?: 'default' | 'primary' | 'quiet' | 'danger'
  icon?: IconName
  /** Why it can't be used now; undefined where it can. */
  reason?: string | undefined
  /** Says more than its words. */
  hint?: string
  /** The request is under way. */
  busy?: boolean
  onClick?: (event: MouseEvent<HTMLElement>) => void
  /** A link that looks like a button. */
  href?: string
  type?: 'button' | 'submit'
  /** Of a button that shows or hides something. */
  'aria-expanded'?: boolean
  'aria-controls'?: string
  'aria-haspopup'?: 'menu' | 'dialog' | 'listbox'
  'aria-pressed'?: boolean
  onPointerEnter?: () => void
  onKeyDown?: (event: KeyboardEvent<HTMLElement>) => void
  className?: string
  ref?: Ref<HTMLButtonElement>
}

export function Button({
  children,
  kind = 'default',
  icon,
  reason,
  hint,
  busy = false,
  onClick,
  href,
  type = 'button',
  className,
  ...rest
}: ButtonProps) {
  const why = useId()
  const classes = [styles['button'], styles[kind], className].filter((name) => name !== undefined).join(' ')
  const content = (
    <>
      {busy ? <span className={styles['spinner']} aria-hidden /> : icon !== undefined && <Icon name={icon} />}
      <span className={styles['label']}>{children}</span>
    </>
  )
  if (href !== undefined && reason === undefined) {
    const link = (
      <Link href={href} className={classes}>
        {content}
      </Link>
    )
    return <Tooltip label={hint}>{link}</Tooltip>
  }
  const blocked = reason !== undefined || busy
  return (
    <>
      <Tooltip label={reason ?? hint}>
        <button
          {...rest}
          type={type}
          className={classes}
          aria-disabled={blocked || undefined}
          aria-busy={busy || undefined}
          aria-describedby={reason === undefined ? undefined : why}
          onClick={(event) => {
            if (blocked) event.preventDefault()
            else onClick?.(event)
          }}
        >
          {content}
        </button>
      </Tooltip>
      {reason !== undefined && (
        <span id={why} hidden>
          {reason}
        </span>
      )}
    </>
  )
}

export interface IconButtonProps extends Omit<ButtonProps, 'children' | 'icon' | 'hint'> {
  icon: IconName
  /** Its accessible name, shown on hover and focus. */
  label: string
  /** Small number on its corner, such as of running tasks. */
  badge?: number
}

/** For what everybody knows by its picture and has a name all the same. */
export function IconButton({
  icon,
  label,
  badge,
  kind = 'quiet',
  reason,
  busy = false,
  onClick,
  href,
  className,
  ...rest
}: IconButtonProps) {
  const why = useId()
  const classes = [styles['button'], styles['icon'], styles[kind], className]
    .filter((name) => name !== undefined)
    .join(' ')
  const content = (
    <>
      {busy ? <span className={styles['spinner']} aria-hidden /> : <Icon name={icon} />}
      {badge !== undefined && badge > 0 && (
        <span className={styles['badge']} aria-hidden>
          {badge > 99 ? '99+' : badge}
        </span>
      )}
    </>
  )
  if (href !== undefined && reason === undefined) {
    return (
      <Tooltip label={label}>
        <Link href={href} className={classes} aria-label={label}>
          {content}
        </Link>
      </Tooltip>
    )
  }
  const blocked = reason !== undefined || busy
  return (
    <>
      <Tooltip label={reason === undefined ? label : `${label}\n${reason}`}>
        <button
          {...rest}
          type="button"
          className={classes}
          aria-label={label}
          aria-disabled={blocked || undefined}
          aria-describedby={reason === undefined ? undefined : why}
          onClick={(event) => {
            if (blocked) event.preventDefault()
            else onClick?.(event)
          }}
        >
          {content}
        </button>
      </Tooltip>
      {reason !== undefined && (
        <span id={why} hidden>
          {reason}
        </span>
      )}
    </>
  )
}

/** Buttons side by side. */
export function Buttons({ children }: { children: ReactNode }) {
  return <div className={styles['buttons']}>{children}</div>
}
