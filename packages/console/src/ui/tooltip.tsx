import { Tooltip as MantineTooltip } from '@mantine/core'
import type { ReactElement } from 'react'
import styles from './tooltip.module.css'

export interface TooltipProps {
  /** Nothing is shown without one. */
  label: string | undefined
  children: ReactElement
}

/** Says more about a control, on hover and on focus alike. No place for what one must know. */
export function Tooltip({ label, children }: TooltipProps) {
  return (
    <MantineTooltip
      label={label ?? ''}
      disabled={label === undefined || label === ''}
      events={{ hover: true, focus: true, touch: true }}
      classNames={{ tooltip: styles['tooltip'] ?? '' }}
    >
      {children}
    </MantineTooltip>
  )
}
