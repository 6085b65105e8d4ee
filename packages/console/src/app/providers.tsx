/** What every page can rely on: theme, words, queries. */

import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { Suspense, type ReactNode } from 'react'
import { BackendError } from '../backend/index.ts'
import { fetchSession } from '../backend/session.ts'
import { LiveRoot } from '../live/index.ts'
import { ThemeProvider } from '../ui/index.ts'

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      refetchOnWindowFocus: false,
      // What the server refused it refuses again; what did not reach it may.
      retry: (failures, error) =>
        failures < 2 && (!(error instanceof BackendError) || error.code === 0 || error.code >= 502),
    },
  },
})

async function stillSignedIn(): Promise<boolean> {
  try {
    return (await fetchSession()) !== null
  } catch {
    // No answer: the server is away, and nothing is known of the session.
    return true
  }
}

export function Providers({ children }: { children: ReactNode }) {
  return (
    <QueryClientProvider client={queryClient}>
      <ThemeProvider>
        <LiveRoot stillSignedIn={stillSignedIn}>
          <Suspense fallback={null}>{children}</Suspense>
        </LiveRoot>
      </ThemeProvider>
    </QueryClientProvider>
  )
}
