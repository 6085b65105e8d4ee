/** The page's live connection, as long as the page is there. */

import { useEffect, useState, type ReactNode } from 'react'
import { LiveProvider } from './live-context.tsx'
import { connectPage } from './page-connection.ts'

export interface LiveRootProps {
  /** Asks the server whether the session is still there. */
  stillSignedIn: () => Promise<boolean>
  children: ReactNode
}

export function LiveRoot({ stillSignedIn, children }: LiveRootProps): ReactNode {
  const [connection] = useState(() => connectPage(stillSignedIn))
  useEffect(() => {
    const online = (): void => connection.reconnect()
    addEventListener('online', online)
    return () => removeEventListener('online', online)
  }, [connection])
  return <LiveProvider connection={connection}>{children}</LiveProvider>
}
