/** Gives the page its one live connection. */

import { createContext, useContext, useSyncExternalStore, type ReactNode } from 'react'
import type { ConnectionState } from './connection-state.ts'
import type { LiveConnection } from './connection.ts'

const LiveContext = createContext<LiveConnection | undefined>(undefined)

export function LiveProvider({ connection, children }: { connection: LiveConnection; children: ReactNode }): ReactNode {
  return <LiveContext.Provider value={connection}>{children}</LiveContext.Provider>
}

/** @throws {Error} outside of a LiveProvider */
export function useLiveConnection(): LiveConnection {
  const connection = useContext(LiveContext)
  if (connection === undefined) throw new Error('no LiveProvider above this component')
  return connection
}

/** Renders again when the line is lost or comes back. */
export function useConnectionState(): ConnectionState {
  const connection = useLiveConnection()
  return useSyncExternalStore(
    (listener) => connection.subscribe(listener),
    () => connection.state,
  )
}
