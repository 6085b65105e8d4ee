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
  return (
    <Pressable
      {...rest}
      type={type}
      className={classes}
      tip={reason ?? hint}
      reason={reason}
      busy={busy}
      onClick={onClick}
    >
      {content}
    </Pressable>
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
  return (
    <Pressable
      {...rest}
      type="button"
      className={classes}
      aria-label={label}
      tip={reason === undefined ? label : `${label}\n${reason}`}
      reason={reason}
      busy={busy}
      onClick={onClick}
    >
      {content}
    </Pressable>
  )
}

interface PressableProps extends Omit<ButtonProps, 'kind' | 'icon' | 'hint' | 'href' | 'type' | 'onClick'> {
  type: 'button' | 'submit'
  /** Shown on hover and focus. */
  tip: string | undefined
  onClick: ButtonProps['onClick'] | undefined
  'aria-label'?: string
}

/** The button itself: one that is blocked can be reached, does nothing, and says why. */
function Pressable({ children, tip, reason, busy = false, onClick, ...rest }: PressableProps) {
  const why = useId()
  const blocked = reason !== undefined || busy
  return (
    <>
      <Tooltip label={tip}>
        <button
          {...rest}
          aria-disabled={blocked || undefined}
          aria-busy={busy || undefined}
          aria-describedby={reason === undefined ? undefined : why}
          onClick={(event) => {
            if (blocked) event.preventDefault()
            else onClick?.(event)
          }}
        >
          {children}
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
