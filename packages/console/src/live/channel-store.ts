/** The state of one channel for React: folds its updates, and tells of them once per frame at most. */

import type { ChannelName, Channels } from '@berth/view'
import type { LiveConnection, OpenedChannel, Refusal } from './connection.ts'

export interface ChannelSnapshot<Value> {
  /** `opening` until the first answer; `refused` says why in `refusal`, and `value` is the last that was seen. */
  status: 'opening' | 'live' | 'refused'
  value: Value | undefined
  refusal?: Refusal
}

/** Puts an update to what was there before. */
export type Fold<Name extends ChannelName, Value> = (
  value: Value | undefined,
  update: Channels[Name]['update'],
) => Value

export interface ChannelStore<Value> {
  readonly snapshot: ChannelSnapshot<Value>
  /** The channel is open as long as somebody listens. */
  subscribe(listener: () => void): () => void
}

/** @param options.schedule calls back before the next frame */
export function createChannelStore<Name extends ChannelName, Value>(options: {
  connection: LiveConnection
  channel: Name
  request: Channels[Name]['request']
  fold: Fold<Name, Value>
  schedule: (commit: () => void) => void
}): ChannelStore<Value> {
  const { connection, fold, schedule } = options
  const listeners = new Set<() => void>()
  let opened: OpenedChannel<Name> | undefined
  let current: ChannelSnapshot<Value> = { status: 'opening', value: undefined }
  let shown = current
  let scheduled = false

  function set(next: ChannelSnapshot<Value>): void {
    current = next
    if (scheduled) return
    scheduled = true
    schedule(() => {
      scheduled = false
      shown = current
      for (const listener of listeners) listener()
    })
  }

  function open(): OpenedChannel<Name> {
    return connection.openChannel<Name>({
      channel: options.channel,
      request: options.request,
      listener: {
        onUpdate: (update) => set({ status: 'live', value: fold(current.value, update) }),
        onRefused: (refusal) => set({ status: 'refused', value: current.value, refusal }),
      },
    })
  }

  return {
    get snapshot() {
      return shown
    },
    subscribe(listener) {
      listeners.add(listener)
      opened ??= open()
      return () => {
        listeners.delete(listener)
        if (listeners.size > 0) return
        opened?.close()
        opened = undefined
      }
    },
  }
}
