/** What every page can rely on: theme, words, queries. */

import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { Suspense, type ReactNode } from 'react'
import { BackendError } from '../backend/index.ts'
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

export function Providers({ children }: { children: ReactNode }) {
  return (
    <QueryClientProvider client={queryClient}>
      <ThemeProvider>
        <Suspense fallback={null}>{children}</Suspense>
      </ThemeProvider>
    </QueryClientProvider>
  )
}
