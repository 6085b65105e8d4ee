/** What was asked for on the page of images; each has a dialog of its own. */

import type { BuildRow, FreshRow, ImageGroup, ImageRow } from '@berth/view'

export type AskedImage =
  | { kind: 'new'; from: NewFrom; group?: ImageGroup }
  | { kind: 'build'; base?: ImageRow; again?: BuildRow }
  | { kind: 'fresh'; row?: FreshRow }
  | { kind: 'end-fresh'; row: FreshRow }
  | { kind: 'disk'; row: ImageRow }
  | { kind: 'publish'; row: ImageRow }
  | { kind: 'delete'; row: ImageRow; head?: ImageRow }
  | { kind: 'delete-all'; group: ImageGroup }
  | { kind: 'log'; row: BuildRow }
  | { kind: 'cancel'; row: BuildRow }
  | { kind: 'forget'; row: BuildRow }

export const newFroms = ['http', 'registry', 'pvc', 'snapshot'] as const
export type NewFrom = (typeof newFroms)[number]
export type Ask = (asked: AskedImage) => void
