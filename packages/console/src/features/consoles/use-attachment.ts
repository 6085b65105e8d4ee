/** Keeps a console connected by the rules of attachment.ts. */

import { useCallback, useEffect, useReducer, useRef } from 'react'
import { afterEnd, afterStart, begin, retry, type Attachment, type Ending } from './attachment.ts'

export interface ConnectOptions {
  takeOver: boolean
  onConnected: () => void
  onEnd: (end: { code: number; reason: string }) => void
}

type Event =
  | { type: 'connected' }
  | { type: 'ended'; ending: Ending }
  | { type: 'started' }
  | { type: 'retry' }
  | { type: 'again'; takeOver: boolean }

/** `dial` counts connections: each is opened once, and closed when the next one begins. */
interface State {
  attachment: Attachment
  dial: number
}

function next(state: State, event: Event): State {
  const dialled = (attachment: Attachment): State => ({ attachment, dial: state.dial + 1 })
  switch (event.type) {
    case 'connected':
      return { ...state, attachment: { state: 'connected' } }
    case 'ended':
      return { ...state, attachment: afterEnd(state.attachment, event.ending) }
    case 'started': {
      const attachment = afterStart(state.attachment)
      return attachment === state.attachment ? state : dialled(attachment)
    }
    case 'retry':
      return dialled(retry(state.attachment))
    case 'again':
      return dialled({ state: 'connecting', takeOver: event.takeOver, attempt: 0 })
  }
}

/**
 * @param running whether the machine runs: one that does not is waited for
 * @param connect opens a connection and returns what closes it; the same function for the same console
 */
export function useAttachment({
  running,
  connect,
}: {
  running: boolean
  connect: (options: ConnectOptions) => () => void
}): { attachment: Attachment; again: (options: { takeOver: boolean }) => void } {
  const [{ attachment, dial }, send] = useReducer(next, {
    attachment: running ? begin : { state: 'waiting' },
    dial: 0,
  } satisfies State)
  const runs = useRef(running)
  useEffect(() => {
    runs.current = running
    if (running) send({ type: 'started' })
  }, [running])

  const takeOver = useRef(false)
  takeOver.current = attachment.state === 'connecting' && attachment.takeOver
  const idle = attachment.state === 'waiting'
  useEffect(() => {
    if (idle) return undefined
    return connect({
      takeOver: takeOver.current,
      onConnected: () => send({ type: 'connected' }),
      onEnd: ({ code, reason }) => send({ type: 'ended', ending: { code, reason, running: runs.current } }),
    })
    // A console that waits has no connection; what became of one that ended does not open the next.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [dial, connect])

  const delayMs = attachment.state === 'retrying' ? attachment.delayMs : undefined
  useEffect(() => {
    if (delayMs === undefined) return undefined
    const timer = setTimeout(() => send({ type: 'retry' }), delayMs)
    return () => clearTimeout(timer)
  }, [delayMs, dial])

  const again = useCallback(({ takeOver: over }: { takeOver: boolean }) => send({ type: 'again', takeOver: over }), [])
  return { attachment, again }
}
