/** Who is signed in, and what they may do where. */

import { queryOptions, useQuery, useQueryClient, type QueryClient, type UseQueryResult } from '@tanstack/react-query'
import type { Capabilities, PasswordChange, SessionInfo, SignIn, SignInMethods } from '@berth/view'
import { BackendError } from './backend-error.ts'
import { request, setCsrf } from './request.ts'
import { leaveTab, takeTab } from './tab-owner.ts'

export const sessionKey = ['session'] as const

/** Everything of whoever was here before goes with the page. */
function here(session: SessionInfo): SessionInfo {
  setCsrf(session.csrf)
  if (takeTab(sessionStorage, session.user)) location.reload()
  return session
}

/** Null where nobody is signed in. */
export async function fetchSession(): Promise<SessionInfo | null> {
  try {
    return here(await request<SessionInfo>('/api/session'))
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

export function capabilitiesQuery(cluster: string | undefined, namespace?: string) {
  return queryOptions({
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

export function useCapabilities(cluster: string | undefined, namespace?: string): UseQueryResult<Capabilities> {
  return useQuery(capabilitiesQuery(cluster, namespace))
}

/** Undefined while not known, true, or why not. `right` is `virtualmachines.kubevirt.io/create`. */
export function useRight(
  cluster: string | undefined,
  namespace: string | undefined,
  right: string,
): true | string | undefined {
  return useCapabilities(cluster, namespace).data?.rights[right]
}

function begin(client: QueryClient, session: SessionInfo): SessionInfo {
  here(session)
  // What the one before saw is not shown to the next.
  client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== sessionKey[0] })
  client.setQueryData(sessionKey, session)
  return session
}

/** @throws {BackendError} 401 when it is wrong, 429 with `retryAfter` after too many tries */
export function useSignIn(): (proof: SignIn) => Promise<SessionInfo> {
  const client = useQueryClient()
  return async (proof) => begin(client, await request<SessionInfo>('/api/session', { method: 'POST', body: proof }))
}

export function useSignOut(): () => Promise<void> {
  const client = useQueryClient()
  return async () => {
    await request('/api/session', { method: 'DELETE' })
    leaveTab(sessionStorage)
    client.setQueryData(sessionKey, null)
  }
}

/** One's own; every other session of the account ends. @throws {BackendError} */
export function useChangePassword(): (change: PasswordChange) => Promise<SessionInfo> {
  const client = useQueryClient()
  return async (change) => {
    const session = await request<SessionInfo>('/api/session/password', { method: 'PUT', body: change })
    setCsrf(session.csrf)
    client.setQueryData(sessionKey, session)
    return session
  }
}

/** Asks whether the session is still there; where it is not, the page learns of it. */
export async function reviewSession(client: QueryClient): Promise<boolean> {
  const session = await fetchSession()
  client.setQueryData(sessionKey, session)
  return session !== null
}
