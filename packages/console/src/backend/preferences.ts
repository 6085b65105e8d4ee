/** What a person chose (columns, saved views, theme), kept by the server: the same on every computer. */

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { request } from './request.ts'

export type Preferences = Record<string, unknown>

const preferencesKey = ['preferences'] as const

/** `{}` until they are known. */
export function usePreferences(): Preferences {
  const { data } = useQuery({
    queryKey: preferencesKey,
    queryFn: async () => request<Preferences>('/api/preferences'),
    staleTime: Number.POSITIVE_INFINITY,
  })
  return data ?? {}
}

/** Sets one member: a feature keeps what is its own under its own name. Undefined removes it. */
export function useSetPreference(): (name: string, value: unknown) => void {
  const client = useQueryClient()
  const { mutate } = useMutation({
    mutationFn: async (preferences: Preferences) => request('/api/preferences', { method: 'PUT', body: preferences }),
  })
  return (name, value) => {
    const preferences = { ...client.getQueryData<Preferences>(preferencesKey), [name]: value }
    client.setQueryData(preferencesKey, preferences)
    mutate(preferences)
  }
}
