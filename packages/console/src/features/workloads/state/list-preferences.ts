/** What somebody chose for the list, kept with their preferences. */

import { useCallback } from 'react'
import { usePreferences, useSetPreference } from '../../../backend/index.ts'
import { readViews, type SavedView } from '../views/saved-views.ts'

export interface ListPreferences {
  /** As columns are written. */
  columns: string | undefined
  views: readonly SavedView[]
  /** Lenses that are unfolded; undefined: nobody chose. */
  lenses: readonly string[] | undefined
  /** Key of the labels that are counted. */
  tag: string | undefined
  facets: boolean | undefined
}

const member = 'workloads'

export function useListPreferences(): ListPreferences {
  return readPreferences(usePreferences()[member])
}

export function useSetListPreference(): (change: Partial<ListPreferences>) => void {
  const set = useSetPreference()
  const all = usePreferences()
  return useCallback((change) => set(member, { ...readPreferences(all[member]), ...change }), [set, all])
}

/** It was written by whatever version ran last. */
function readPreferences(value: unknown): ListPreferences {
  const kept: Record<string, unknown> = typeof value === 'object' && value !== null ? { ...value } : {}
  const text = (name: string): string | undefined => {
    const found = kept[name]
    return typeof found === 'string' ? found : undefined
  }
  const { lenses, facets } = kept
  return {
    columns: text('columns'),
    views: readViews(kept['views']),
    lenses: Array.isArray(lenses) ? lenses.filter((lens): lens is string => typeof lens === 'string') : undefined,
    tag: text('tag'),
    facets: typeof facets === 'boolean' ? facets : undefined,
  }
}
