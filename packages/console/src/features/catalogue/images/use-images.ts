/** Images, schedules and builds of the clusters in scope, live. */

import { useMemo } from 'react'
import {
  imageGroups,
  type BuildRow,
  type FreshRow,
  type ImageGroup,
  type ImageRow,
  type SourceState,
} from '@berth/view'
import { useChannel } from '../../../live/index.ts'
import { useScope } from '../../../routes/scope.ts'

export interface Images {
  /** Whether anything was ever seen. */
  seen: boolean
  rows: readonly ImageRow[]
  groups: readonly ImageGroup[]
  fresh: readonly FreshRow[]
  builds: readonly BuildRow[]
  /** Kinds that can't be read, with why. */
  closed: readonly SourceState[]
  more: number
  /** Why nothing is shown. */
  refusal: string | undefined
}

/** Without these there is nothing to show; the others only add to it. */
const mainKinds = ['datasources']

export function useImages(): Images {
  const { cluster } = useScope()
  const { value, status, refusal } = useChannel('images', cluster === undefined ? {} : { cluster })
  const images = value?.images
  const groups = useMemo(() => imageGroups(images ?? []), [images])
  return {
    seen: value !== undefined && value.sources.every(({ state }) => state !== 'loading'),
    rows: images ?? [],
    groups,
    fresh: value?.fresh ?? [],
    builds: value?.builds ?? [],
    closed: (value?.sources ?? []).filter(
      ({ resource, state }) => mainKinds.includes(resource) && (state === 'forbidden' || state === 'absent'),
    ),
    more: value?.more ?? 0,
    refusal: status === 'refused' ? refusal?.message : undefined,
  }
}

/** What another image may be made from: what is whole and not retired. */
export function baseImages(groups: readonly ImageGroup[], cluster: string): ImageRow[] {
  return groups
    .filter((group) => group.cluster === cluster)
    .flatMap(({ head, versions }) => [head, ...versions.filter(({ key }) => key !== head.key)])
    .filter(({ retired, state }) => !retired && state === 'ready')
}
