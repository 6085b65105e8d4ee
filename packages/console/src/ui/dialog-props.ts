import type { ReactNode } from 'react'

export interface DialogProps {
  title: string
  onClose: () => void
  children: ReactNode
  /** Buttons at its end, beside Cancel. */
  actions?: ReactNode
  size?: 'small' | 'medium' | 'large' | 'full'
  /** Word of the button that closes it; `Cancel` unless said. */
  closeWord?: string
}
