/** A state as a shape and a word: colour only helps. */

import type { Tone } from '@berth/view'
import styles from './status-mark.module.css'

const shapes: Record<Tone, string> = {
  running: '●',
  starting: '◌',
  attention: '▲',
  stopped: '■',
  migrating: '⇄',
  paused: '‖',
}

export interface StatusMarkProps {
  tone: Tone
  /** The word: `Running`. Never left out. */
  children: string
}

export function StatusMark({ tone, children }: StatusMarkProps) {
  return (
    <span className={styles['mark']} data-tone={tone}>
      <span className={styles['shape']} aria-hidden>
        {shapes[tone]}
      </span>
      <span className={styles['word']}>{children}</span>
    </span>
  )
}
