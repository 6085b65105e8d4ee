/** A menu at a point: of the row that was clicked, or that has the focus. */

import { useRef, type ReactNode } from 'react'
import { Menu, type MenuItem } from '../../../ui/index.ts'
import styles from './point-menu.module.css'

export interface PointMenuProps {
  at: { x: number; y: number }
  label: string
  groups: readonly { items: readonly MenuItem[] }[]
  onClose: () => void
}

export function PointMenu({ at, label, groups, onClose }: PointMenuProps): ReactNode {
  const before = useRef(document.activeElement)
  return (
    <Menu
      label={label}
      groups={groups}
      opened
      onChange={(opened) => {
        if (opened) return
        onClose()
        if (before.current instanceof HTMLElement) before.current.focus({ preventScroll: true })
      }}
    >
      <span className={styles['point']} style={{ transform: `translate(${at.x}px, ${at.y}px)` }} aria-hidden />
    </Menu>
  )
}
