/** Which lenses are unfolded, and so which columns are counted. */

import { useCallback, useMemo } from 'react'
import { useListPreferences, useSetListPreference } from '../state/list-preferences.ts'
import { countedColumns, lenses } from './lenses.ts'

export interface FacetsState {
  open: boolean
  setOpen: (open: boolean) => void
  unfolded: ReadonlySet<string>
  unfold: (lens: string) => void
  tag: string | undefined
  setTag: (key: string) => void
  /** To be counted. */
  columns: readonly string[]
}

/** Always counted: the search box completes from them. */
const always = ['status', 'namespace', 'node']
/** Pixels from which on there is room for the lenses at first. */
const roomy = 1400

export function useFacets(): FacetsState {
  const { lenses: kept, tag: keptTag, facets } = useListPreferences()
  const set = useSetListPreference()
  const tag = keptTag === '' ? undefined : keptTag
  const open = facets ?? window.innerWidth >= roomy
  const keptText = kept?.join(' ')
  const unfolded = useMemo(
    () =>
      new Set(
        keptText === undefined
          ? lenses.filter((lens) => lens.unfolded === true).map(({ id }) => id)
          : keptText.split(' '),
      ),
    [keptText],
  )
  const columns = useMemo(
    () => [...new Set([...always, ...(open ? countedColumns(unfolded, tag) : [])])],
    [open, unfolded, tag],
  )
  const unfold = useCallback(
    (lens: string) => {
      const next = new Set(unfolded)
      if (!next.delete(lens)) next.add(lens)
      set({ lenses: [...next] })
    },
    [unfolded, set],
  )
  return {
    open,
    setOpen: (next) => set({ facets: next }),
    unfolded,
    unfold,
    tag,
    setTag: (key) => key !== (tag ?? '') && set({ tag: key }),
    columns,
  }
}
