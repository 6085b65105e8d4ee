/** Local users, as the server keeps them. */

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { AccountChange, AccountInfo, AccountLink, NewAccount } from '@berth/view'
import { request } from '../../backend/index.ts'

const key = ['accounts'] as const
const pathOf = (name: string): string => `/api/accounts/${encodeURIComponent(name)}`

export function useAccounts(enabled: boolean) {
  return useQuery({ queryKey: key, queryFn: async () => request<AccountInfo[]>('/api/accounts'), enabled })
}

/** Each reads the list anew when it is done. */
export function useAccountChanges() {
  const client = useQueryClient()
  const options = { onSettled: async () => client.invalidateQueries({ queryKey: key }) }
  return {
    create: useMutation({
      ...options,
      mutationFn: async (account: NewAccount) => request('/api/accounts', { method: 'POST', body: account }),
    }),
    change: useMutation({
      ...options,
      mutationFn: async ({ name, ...change }: AccountChange & { name: string }) =>
        request(pathOf(name), { method: 'PATCH', body: change }),
    }),
    remove: useMutation({
      ...options,
      mutationFn: async (name: string) => request(pathOf(name), { method: 'DELETE' }),
    }),
    link: useMutation({
      mutationFn: async (name: string) => request<AccountLink>(`${pathOf(name)}/link`, { method: 'POST' }),
    }),
  }
}
