/** What a machine prints, without a session on its console. */

import { useEffect, useRef, useState } from 'react'
import { useMessages } from '../../../i18n/index.ts'
import styles from '../consoles.module.css'
import type { ConsoleTarget } from '../stream-address.ts'
import { openTerminal } from './terminal.ts'
import { readLog } from './machine-log.ts'

export interface WatchedSerialProps {
  target: ConsoleTarget
  /** Of the instance; undefined while none runs. */
  uid: string | undefined
  label: string
}

export function WatchedSerial({ target, uid, label }: WatchedSerialProps) {
  const t = useMessages('consoles')
  const frame = useRef<HTMLDivElement>(null)
  const [failure, setFailure] = useState<string>()
  const { cluster, namespace } = target
  useEffect(() => {
    if (frame.current === null || uid === undefined) return undefined
    const control = new AbortController()
    const { terminal, dispose } = openTerminal(frame.current, { screenReader: false })
    terminal.options.disableStdin = true
    terminal.options.convertEol = true
    terminal.textarea?.setAttribute('aria-label', label)
    setFailure(undefined)
    const follow = async (): Promise<void> => {
      try {
        await readLog(
          { cluster, namespace, uid },
          {
            follow: true,
            signal: control.signal,
            onBytes: async (bytes) => new Promise((resolve) => terminal.write(bytes, resolve)),
          },
        )
      } catch (error) {
        if (!control.signal.aborted) setFailure(error instanceof Error ? error.message : String(error))
      }
    }
    void follow()
    return () => {
      control.abort()
      dispose()
    }
  }, [cluster, namespace, uid, label])
  return (
    <>
      <div ref={frame} className={styles['terminal']} />
      {(failure !== undefined || uid === undefined) && (
        <div className={styles['over']} role="status">
          {failure ?? t('state.waiting')}
        </div>
      )}
    </>
  )
}
