/** A row as the engine keeps it: what is sorted and filtered by is there, the rest is worked out when somebody looks. */

import { rowDetail, type BareRow, type MachineParts, type WorkloadRow } from '@berth/view'

export interface Entry {
  readonly row: BareRow
  /** The whole row; worked out once. */
  full(now: Date): WorkloadRow
}

export interface RowChange {
  before: Entry | undefined
  after: Entry | undefined
}

export function machineEntry(row: BareRow, parts: MachineParts): Entry {
  let whole: WorkloadRow | undefined
  return {
    row,
    full: (now) => (whole ??= { ...row, ...rowDetail(parts, row.tone, now) }),
  }
}

export function wholeEntry(row: WorkloadRow): Entry {
  return { row, full: () => row }
}
