/** A machine's serial console: a terminal and its connection. */

import { useCallback, useEffect, useImperativeHandle, useRef, type Ref } from 'react'
import type { Attachment } from '../attachment.ts'
import { streamAddress, type ConsoleTarget } from '../stream-address.ts'
import { useAttachment, type ConnectOptions } from '../use-attachment.ts'
import styles from '../consoles.module.css'
import { readLog } from './machine-log.ts'
import { SerialSession } from './serial-session.ts'
import { openTerminal, type TerminalParts } from './terminal.ts'

export interface SerialHandle {
  focus(): void
  paste(text: string, options: { signal: AbortSignal; progress: (done: number) => void }): Promise<void>
  /** What stands in the window and above it. */
  text(): string
  clear(): void
  again(options: { takeOver: boolean }): void
}

export interface SerialViewProps {
  target: ConsoleTarget
  running: boolean
  /** Of the instance: what it printed before is shown first. */
  uid: string | undefined
  label: string
  /** Words for bytes that were dropped. */
  droppedText: string
  onAttachment: (attachment: Attachment) => void
  ref: Ref<SerialHandle>
}

export function SerialView({ target, running, uid, label, droppedText, onAttachment, ref }: SerialViewProps) {
  const frame = useRef<HTMLDivElement>(null)
  const parts = useRef<TerminalParts>(undefined)
  const session = useRef<SerialSession>(undefined)
  const { cluster, namespace, name } = target

  useEffect(() => {
    if (frame.current === null) return undefined
    const opened = openTerminal(frame.current, { screenReader: false })
    parts.current = opened
    opened.terminal.onData((text) => session.current?.send(text))
    // Another theme sets an attribute of the root; the terminal is no part of the page's styles.
    const theme = new MutationObserver(opened.recolour)
    theme.observe(document.documentElement, { attributes: true })
    return () => {
      theme.disconnect()
      parts.current = undefined
      opened.dispose()
    }
  }, [])

  // A console that opens black says nothing: it begins with what the machine said last.
  useEffect(() => {
    if (uid === undefined) return undefined
    const control = new AbortController()
    const onBytes = async (bytes: Uint8Array): Promise<void> =>
      new Promise((resolve) => {
        if (parts.current === undefined) resolve()
        else parts.current.terminal.write(bytes, resolve)
      })
    readLog({ cluster, namespace, uid }, { follow: false, signal: control.signal, onBytes }).catch(() => {
      // Without the right to read logs, or where a cluster keeps none, it begins with what comes.
    })
    return () => control.abort()
  }, [cluster, namespace, uid])

  useEffect(() => {
    parts.current?.terminal.textarea?.setAttribute('aria-label', label)
  }, [label])

  const connect = useCallback(
    ({ takeOver, onConnected, onEnd }: ConnectOptions) => {
      let told = false
      const address = streamAddress(
        { cluster, namespace, name },
        { kind: 'console', takeOver, origin: window.location.origin },
      )
      const opened = new SerialSession(address, {
        connected() {
          onConnected()
          // Whoever opened a console wants to type, unless they are busy elsewhere on the page.
          if (document.activeElement === document.body || document.activeElement === null)
            parts.current?.terminal.focus()
        },
        ended: onEnd,
        data(bytes, done) {
          told = false
          if (parts.current === undefined) done()
          else parts.current.terminal.write(bytes, done)
        },
        dropped() {
          if (!told) parts.current?.terminal.write(`\r\n[${droppedText}]\r\n`)
          told = true
        },
      })
      session.current = opened
      return () => {
        opened.close()
        if (session.current === opened) session.current = undefined
      }
    },
    [cluster, namespace, name, droppedText],
  )
  const { attachment, again } = useAttachment({ running, connect })
  useEffect(() => onAttachment(attachment), [attachment, onAttachment])
  useImperativeHandle(
    ref,
    () => ({
      focus: () => parts.current?.terminal.focus(),
      paste: async (text, options) => session.current?.paste(text, options),
      text: () => textOf(parts.current),
      clear: () => parts.current?.terminal.clear(),
      again,
    }),
    [again],
  )
  return <div ref={frame} className={styles['terminal']} />
}

function textOf(parts: TerminalParts | undefined): string {
  if (parts === undefined) return ''
  const { active } = parts.terminal.buffer
  const lines: string[] = []
  for (let row = 0; row < active.length; row += 1) {
    const line = active.getLine(row)
    if (line === undefined) continue
    const text = line.translateToString(true)
    if (line.isWrapped && lines.length > 0) lines.push((lines.pop() ?? '') + text)
    else lines.push(text)
  }
  return lines.join('\n').trimEnd()
}
