/** Lets only people who are signed in through, and gives them the live line; others go to the sign-in page and come back. */

import { useQueryClient } from '@tanstack/react-query'
import { useLocation } from '@tanstack/react-router'
import { useEffect, useState, type ReactNode } from 'react'
import { onSignedOut, reviewSession, useMaySession } from '../backend/index.ts'
import { connectPage, LiveProvider } from '../live/index.ts'
import { useGo } from '../routes/navigation.tsx'
import { signInPath } from '../routes/paths.ts'
import { FailedPage, PendingPage } from './fallbacks.tsx'

export function SignedIn({ children }: { children: ReactNode }) {
  const { data: session, isPending, error, refetch } = useMaySession()
  const href = useLocation({ select: ({ href: path }) => path })
  const go = useGo()
  const client = useQueryClient()

  // A server that cannot be asked says nothing of the session: it stands, and the next answer that refuses it asks again.
  useEffect(() => onSignedOut(() => void reviewSession(client).catch(() => undefined)), [client])
  useEffect(() => {
    if (session === null) go(signInPath({ from: href }), { replace: true })
    // Where they were when the session ended, and not where this leads.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [session, go])

  if (isPending) return <PendingPage />
  if (session === undefined) return <FailedPage error={error} reset={() => void refetch()} />
  if (session === null) return null
  // Another person's line is another line.
  return <Live key={session.user}>{children}</Live>
}

function Live({ children }: { children: ReactNode }) {
  const client = useQueryClient()
  const [connection] = useState(() => connectPage(async () => reviewSession(client)))
  useEffect(() => () => connection.close(), [connection])
  return <LiveProvider connection={connection}>{children}</LiveProvider>
}
