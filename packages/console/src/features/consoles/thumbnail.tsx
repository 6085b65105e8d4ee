/** The screen of a machine as a small picture that is taken anew from time to time, while it can be seen. */

import { useEffect, useRef, useState } from 'react'
import { useMessages } from '../../i18n/index.ts'
import type { ConsoleTarget } from './stream-address.ts'
import styles from './thumbnail.module.css'

export interface ThumbnailProps {
  target: ConsoleTarget
  /** A machine that does not run has no picture. */
  running: boolean
  /** Milliseconds between pictures. */
  everyMs?: number
  className?: string
}

/** Between tries where there is no picture. */
const longestPauseMs = 60_000

export function Thumbnail({ target, running, everyMs = 5000, className }: ThumbnailProps) {
  const t = useMessages('consoles')
  const frame = useRef<HTMLDivElement>(null)
  const seen = useSeen(frame)
  const { picture, failed } = usePicture(target, { active: running && seen, everyMs })
  const words = !running ? t('thumbnail.off') : failed ? t('thumbnail.none') : t('thumbnail.loading')
  return (
    <div ref={frame} className={[styles['thumbnail'], className].filter(Boolean).join(' ')}>
      {picture === undefined || !running ? (
        <span className={styles['words']}>{words}</span>
      ) : (
        <img src={picture} alt={t('thumbnail.alt', { name: target.name })} draggable={false} />
      )}
    </div>
  )
}

/** The address of the latest picture as an object URL; the one before stays until the next is there. */
export function usePicture(
  { cluster, namespace, name }: ConsoleTarget,
  { active, everyMs }: { active: boolean; everyMs: number },
): { picture: string | undefined; failed: boolean } {
  const [picture, setPicture] = useState<string>()
  const [failed, setFailed] = useState(false)
  useEffect(() => {
    if (!active) return undefined
    const control = new AbortController()
    const path = ['api', 'clusters', cluster, 'thumbnails', namespace, `${name}.png`].map(encodeURIComponent).join('/')
    let timer: ReturnType<typeof setTimeout> | undefined
    let failures = 0
    const take = async (): Promise<void> => {
      try {
        const answer = await fetch(`/${path}`, { signal: control.signal, credentials: 'same-origin' })
        const made = answer.ok ? URL.createObjectURL(await answer.blob()) : undefined
        failures = made === undefined ? failures + 1 : 0
        setFailed(made === undefined)
        if (made !== undefined) setPicture(made)
      } catch {
        // The next one may come; what is shown until then says that there is none.
        if (control.signal.aborted) return
        failures += 1
        setFailed(true)
      }
      // A machine without a screen has no picture a moment later either.
      const pause = Math.min(longestPauseMs, everyMs * 2 ** failures)
      timer = setTimeout(() => void take(), document.hidden ? pause * 4 : pause)
    }
    void take()
    return () => {
      control.abort()
      clearTimeout(timer)
    }
  }, [active, cluster, namespace, name, everyMs])
  // The one that is no longer shown gives its memory back.
  useEffect(() => (picture === undefined ? undefined : () => URL.revokeObjectURL(picture)), [picture])
  return { picture, failed }
}

function useSeen(frame: { current: HTMLElement | null }): boolean {
  const [seen, setSeen] = useState(false)
  useEffect(() => {
    if (frame.current === null) return undefined
    const observer = new IntersectionObserver((entries) =>
      setSeen(entries.some(({ isIntersecting }) => isIntersecting)),
    )
    observer.observe(frame.current)
    return () => observer.disconnect()
  }, [frame])
  return seen
}
