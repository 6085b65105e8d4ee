import type { ReactElement } from 'react'
import type { IconName } from './icons.tsx'

export interface MenuItem {
  id: string
  label: string
  icon?: IconName
  /** Under the label, or why it can't be chosen. */
  detail?: string
  /** Why it can't be chosen; undefined where it can. */
  reason?: string | undefined
  danger?: boolean
  /** Of one of several: a mark beside it. */
  checked?: boolean
  /** At its end: a shortcut. */
  hint?: string
  href?: string
  onSelect?: () => void
}

export interface MenuProps {
  /** The button it opens under; takes a ref and onClick. */
  children: ReactElement
  /** Groups, with a line between them and a heading where one has it. */
  groups: readonly { title?: string; items: readonly MenuItem[] }[]
  /** Its accessible name. */
  label: string
  align?: 'start' | 'end'
  opened?: boolean
  onChange?: (opened: boolean) => void
}
