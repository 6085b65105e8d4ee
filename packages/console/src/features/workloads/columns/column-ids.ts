/** Which columns the list has (by the server's ids, beside two of its own), how wide they are, and which are shown at first. Pure; how a cell is drawn stands in cells.tsx. */

export interface ColumnDefinition {
  id: string
  /** Pixels at first. */
  width: number
  /** Numbers stand at the end. */
  align?: 'end'
  sortable: boolean
  /** Shown before anybody chose. */
  shown?: boolean
}

/** Smallest and largest width in pixels that a column can be given. */
export const columnLimits = { least: 48, most: 640 }

/** In their order at first. The name is always there, and first. */
export const columnTable = [
  { id: 'name', width: 240, sortable: true, shown: true },
  { id: 'status', width: 168, sortable: true, shown: true },
  { id: 'namespace', width: 130, sortable: true, shown: true },
  { id: 'node', width: 120, sortable: true, shown: true },
  { id: 'address', width: 150, sortable: true, shown: true },
  { id: 'cpus', width: 72, align: 'end', sortable: true, shown: true },
  { id: 'memory', width: 88, align: 'end', sortable: true, shown: true },
  { id: 'cpuused', width: 96, align: 'end', sortable: true, shown: true },
  { id: 'memoryused', width: 112, align: 'end', sortable: true },
  { id: 'os', width: 120, sortable: true, shown: true },
  { id: 'age', width: 104, align: 'end', sortable: true, shown: true },
  { id: 'kind', width: 120, sortable: true },
  { id: 'cluster', width: 120, sortable: true },
  { id: 'storage', width: 92, align: 'end', sortable: true },
  { id: 'instancetype', width: 120, sortable: true },
  { id: 'network', width: 140, sortable: true },
  { id: 'storageclass', width: 140, sortable: true },
  { id: 'labels', width: 220, sortable: false },
  { id: 'reason', width: 260, sortable: false },
] as const satisfies readonly ColumnDefinition[]

export type ColumnId = (typeof columnTable)[number]['id']

const byId: ReadonlyMap<string, ColumnDefinition & { id: ColumnId }> = new Map(
  columnTable.map((column) => [column.id, column]),
)

export function isColumnId(text: string): text is ColumnId {
  return byId.has(text)
}

export function columnOf(id: ColumnId): ColumnDefinition & { id: ColumnId } {
  const column = byId.get(id)
  if (column === undefined) throw new Error(`there is no column ${id}`)
  return column
}
