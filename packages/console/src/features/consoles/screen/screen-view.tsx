/** The frame that a machine's screen is drawn into, and its connection. */

import { useCallback, useEffect, useImperativeHandle, useRef, type Ref } from 'react'
import type { Attachment } from '../attachment.ts'
import type { Key } from '../keyboard/combinations.ts'
import type { Stroke } from '../keyboard/typing.ts'
import { streamAddress, type ConsoleTarget } from '../stream-address.ts'
import { useAttachment, type ConnectOptions } from '../use-attachment.ts'
import { VncSession, type Scaling } from './vnc-session.ts'
import styles from '../consoles.module.css'

/** What the bar above a screen can do with it. */
export interface ScreenHandle {
  focus(): void
  press(keys: readonly Key[]): void
  type(strokes: readonly Stroke[], options: { signal: AbortSignal; progress: (done: number) => void }): Promise<void>
  picture(): Promise<Blob | undefined>
  again(options: { takeOver: boolean }): void
}

export interface ScreenViewProps {
  target: ConsoleTarget
  running: boolean
  scaling: Scaling
  label: string
  onAttachment: (attachment: Attachment) => void
  onClipboard: (text: string) => void
  ref: Ref<ScreenHandle>
}

export function ScreenView({ target, running, scaling, label, onAttachment, onClipboard, ref }: ScreenViewProps) {
  const frame = useRef<HTMLDivElement>(null)
  const session = useRef<VncSession>(undefined)
  const wishedScaling = useRef(scaling)
  const { cluster, namespace, name } = target

  const connect = useCallback(
    ({ takeOver, onConnected, onEnd }: ConnectOptions) => {
      if (frame.current === null) return () => {}
      const address = streamAddress(
        { cluster, namespace, name },
        { kind: 'vnc', takeOver, origin: window.location.origin },
      )
      const opened = new VncSession(frame.current, address, {
        connected: onConnected,
        ended: onEnd,
        clipboard: onClipboard,
      })
      opened.scaling = wishedScaling.current
      session.current = opened
      return () => {
        opened.close()
        if (session.current === opened) session.current = undefined
      }
    },
    [cluster, namespace, name, onClipboard],
  )
  const { attachment, again } = useAttachment({ running, connect })

  useEffect(() => onAttachment(attachment), [attachment, onAttachment])
  useEffect(() => {
    wishedScaling.current = scaling
    if (session.current !== undefined) session.current.scaling = scaling
  }, [scaling])
  useImperativeHandle(
    ref,
    () => ({
      focus: () => session.current?.focus(),
      press: (keys) => session.current?.press(keys),
      type: async (strokes, options) => session.current?.type(strokes, options),
      picture: async () => session.current?.picture(),
      again,
    }),
    [again],
  )
  return <div ref={frame} className={styles['screen']} role="application" aria-label={label} />
}
