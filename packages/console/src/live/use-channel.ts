/** A channel as React state. */

import { useCallback, useMemo, useSyncExternalStore } from 'react'
import type { ChannelName, Channels } from '@berth/view'
import { createChannelStore, type ChannelSnapshot, type Fold } from './channel-store.ts'
import { nextFrame } from './frame.ts'
import { useLiveConnection } from './live-context.tsx'

const opening: ChannelSnapshot<never> = { status: 'opening', value: undefined }

/**
 * Follows a channel as long as the component is there; a request with other content opens it anew.
 * @param request undefined: not now
 * @returns `value` is the last update
 */
export function useChannel<Name extends ChannelName>(
  channel: Name,
  request: Channels[Name]['request'] | undefined,
): ChannelSnapshot<Channels[Name]['update']> {
  return useFoldedChannel(channel, request, lastUpdate)
}

/**
 * Follows a channel that sends what is new (`more` after `all`).
 * @param fold puts an update to the value before; the same function each time (defined outside of the component)
 */
export function useFoldedChannel<Name extends ChannelName, Value>(
  channel: Name,
  request: Channels[Name]['request'] | undefined,
  fold: Fold<Name, Value>,
): ChannelSnapshot<Value> {
  const connection = useLiveConnection()
  const text = request === undefined ? undefined : JSON.stringify(request)
  const stableRequest = useMemo(
    // Parsed from the text above, so that an equal request is the same object.
    () => (text === undefined ? undefined : (JSON.parse(text) as Channels[Name]['request'])),
    [text],
  )
  // What belongs to another request is never shown under this one: another request is another store.
  const store = useMemo(
    () =>
      stableRequest === undefined
        ? undefined
        : createChannelStore({ connection, channel, request: stableRequest, fold, schedule: nextFrame }),
    [connection, channel, stableRequest, fold],
  )
  const subscribe = useCallback((listener: () => void) => store?.subscribe(listener) ?? noSubscription, [store])
  return useSyncExternalStore(subscribe, () => store?.snapshot ?? opening)
}

function lastUpdate<Update>(_before: Update | undefined, update: Update): Update {
  return update
}

function noSubscription(): void {
  // Nothing to end: there was no store.
}
