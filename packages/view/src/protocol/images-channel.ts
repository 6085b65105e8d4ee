/** All images of the clusters somebody is signed in at, with what makes them and who uses them: sent anew when something has changed. */

import type { BuildRow, FreshRow, ImageRow } from '../images/image-row.ts'
import type { SourceState } from './source-state.ts'

/** Of one cluster, or of all. */
export interface ImagesRequest {
  cluster?: string
}

export interface ImagesUpdate {
  images: ImageRow[]
  fresh: FreshRow[]
  /** Newest first. */
  builds: BuildRow[]
  sources: SourceState[]
  /** So many more there are than are sent. */
  more: number
}
