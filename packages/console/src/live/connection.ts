/** One WebSocket for all channels of the page: opened again when it is lost, and every channel with it. */

import { backoffDelay, type BackoffPolicy, type Clock } from '@berth/base'
import { closeCodes, type BrowserMessage, type ChannelName, type Channels, type ServerMessage } from '@berth/view'
import type { ConnectionState } from './connection-state.ts'

/** What is used of a WebSocket. */
export interface LiveSocket {
  send(text: string): void
  close(): void
  addEventListener(type: 'open', listener: () => void): void
  addEventListener(type: 'message', listener: (event: { data: unknown }) => void): void
  addEventListener(type: 'close', listener: (event: { code: number }) => void): void
}

export interface ConnectionOptions {
  openSocket: () => LiveSocket
  clock: Clock
  /** In [0, 1). */
  random: () => number
  /** Asked when a socket could not be opened, since a browser does not tell why: a session that is over is not tried again. */
  stillSignedIn: () => Promise<boolean>
}

export interface ChannelListener<Name extends ChannelName> {
  onUpdate: (update: Channels[Name]['update']) => void
  onRefused: (refusal: Refusal) => void
}

/** A channel that the server closed. It is asked for again when the line comes back or the request changes. */
export type Refusal = Pick<Extract<ServerMessage, { type: 'refused' }>, 'message' | 'reason'>

export interface OpenedChannel<Name extends ChannelName> {
  /** Another request under the same number: a window that moves. */
  change(request: Channels[Name]['request']): void
  /** Asks for the whole state again. */
  resync(): void
  close(): void
}

export interface LiveConnection {
  readonly state: ConnectionState
  /** @returns ends the subscription */
  subscribe(listener: () => void): () => void
  openChannel<Name extends ChannelName>(options: {
    channel: Name
    request: Channels[Name]['request']
    listener: ChannelListener<Name>
  }): OpenedChannel<Name>
  /** Tries at once: somebody pressed the button, signed in, or the browser says it is online. */
  reconnect(): void
  close(): void
}

const retryPolicy: BackoffPolicy = { initialMs: 300, maxMs: 15_000, jitter: 0.4 }

interface Entry {
  message: Extract<BrowserMessage, { type: 'open' }>
  /** Its update is known to be of the channel the entry was opened for: the server answers under the number. */
  onUpdate: (update: never) => void
  onRefused: (refusal: Refusal) => void
}

/** The line is opened with the first channel, and kept open until `close`. */
export function connect(options: ConnectionOptions): LiveConnection {
  const { clock } = options
  const channels = new Map<number, Entry>()
  const listeners = new Set<() => void>()
  let nextId = 1
  let failures = 0
  let state: ConnectionState = { kind: 'idle' }
  let socket: LiveSocket | undefined
  let cancelRetry: (() => void) | undefined

  function setState(next: ConnectionState): void {
    state = next
    for (const listener of listeners) listener()
  }

  function send(message: BrowserMessage): void {
    if (state.kind === 'open') socket?.send(JSON.stringify(message))
  }

  function open(): void {
    cancelRetry?.()
    cancelRetry = undefined
    setState({ kind: 'connecting' })
    const current = options.openSocket()
    socket = current
    let opened = false
    current.addEventListener('open', () => {
      if (socket !== current) return
      opened = true
      failures = 0
      setState({ kind: 'open' })
      for (const { message } of channels.values()) send(message)
    })
    current.addEventListener('message', ({ data }) => {
      if (socket === current && typeof data === 'string') receive(data)
    })
    current.addEventListener('close', ({ code }) => {
      if (socket === current) void lost(opened, code)
    })
  }

  function receive(text: string): void {
    // The server is the same release as the page, or the page is told to reload: its messages are taken as typed.
    const message = JSON.parse(text) as ServerMessage
    const entry = channels.get(message.id)
    // Updates may cross with a close on the way.
    if (entry === undefined) return
    if (message.type === 'update') entry.onUpdate(message.update as never)
    else entry.onRefused({ message: message.message, reason: message.reason })
  }

  async function lost(opened: boolean, code: number): Promise<void> {
    socket = undefined
    failures++
    const delay = backoffDelay(retryPolicy, failures, options.random())
    setState({ kind: 'waiting', retryAt: clock.now().getTime() + delay, failures })
    cancelRetry = clock.after(delay, open)
    // A server that can't be reached does not say that the session is over.
    const over = code === closeCodes.signedOut || (!opened && !(await options.stillSignedIn().catch(() => true)))
    if (over && state.kind === 'waiting') {
      cancelRetry?.()
      cancelRetry = undefined
      setState({ kind: 'signed-out' })
    }
  }

  return {
    get state() {
      return state
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    openChannel({ channel, request, listener }) {
      const id = nextId++
      // The compiler does not follow that `channel` and `request` are of the same name.
      const opening = (request: unknown) =>
        ({ type: 'open', id, channel, request }) as Extract<BrowserMessage, { type: 'open' }>
      const entry: Entry = { message: opening(request), ...listener }
      channels.set(id, entry)
      // Who asks for something after the session was over has signed in again.
      if (state.kind === 'idle' || state.kind === 'signed-out') open()
      else send(entry.message)
      return {
        change(request) {
          if (!channels.has(id)) return
          entry.message = opening(request)
          send(entry.message)
        },
        resync() {
          if (channels.has(id)) send({ type: 'resync', id })
        },
        close() {
          if (channels.delete(id)) send({ type: 'close', id })
        },
      }
    },
    reconnect() {
      if (state.kind !== 'waiting' && state.kind !== 'signed-out') return
      failures = 0
      open()
    },
    close() {
      cancelRetry?.()
      const current = socket
      socket = undefined
      setState({ kind: 'closed' })
      current?.close()
    },
  }
}
