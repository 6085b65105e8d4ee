/** Who is signed in, and what they may do where. */

import { useQuery, type UseQueryResult } from '@tanstack/react-query'
import type { Capabilities, SessionInfo, SignInMethods } from '@berth/view'
import { BackendError } from './backend-error.ts'
import { request, setCsrf } from './request.ts'

export const sessionKey = ['session'] as const

/** Undefined where nobody is signed in. */
export async function fetchSession(): Promise<SessionInfo | null> {
  try {
    const session = await request<SessionInfo>('/api/session')
    setCsrf(session.csrf)
    return session
  } catch (error) {
    if (error instanceof BackendError && error.code === 401) return null
    throw error
  }
}

/** Null: nobody is signed in. Undefined: not known yet. */
export function useMaySession(): UseQueryResult<SessionInfo | null> {
  return useQuery({ queryKey: sessionKey, queryFn: fetchSession, staleTime: 60_000 })
}

/** Of a page that is only shown to those who are signed in. */
export function useSession(): SessionInfo {
  const { data } = useMaySession()
  if (data === undefined || data === null) throw new Error('this page is shown without a session')
  return data
}

export function useSignInMethods(): UseQueryResult<SignInMethods> {
  return useQuery({ queryKey: ['sign-in'], queryFn: async () => request<SignInMethods>('/api/sign-in') })
}

export function useCapabilities(cluster: string | undefined, namespace?: string): UseQueryResult<Capabilities> {
  return useQuery({
    queryKey: ['capabilities', cluster, namespace ?? ''],
    queryFn: async ({ signal }) =>
      request<Capabilities>(`/api/clusters/${encodeURIComponent(cluster ?? '')}/capabilities`, {
        query: { namespace },
        signal,
      }),
    enabled: cluster !== undefined,
    staleTime: 30_000,
  })
}

/** Undefined while not known, true, or why not. `right` is `virtualmachines.kubevirt.io/create`. */
export function useRight(
  cluster: string | undefined,
  namespace: string | undefined,
  right: string,
): true | string | undefined {
  return useCapabilities(cluster, namespace).data?.rights[right]
}
