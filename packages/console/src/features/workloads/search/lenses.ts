/** Ways to look at the list: columns whose values are counted beside it. */

export interface Lens {
  id: string
  /** Id of the column; `tag` is the label that was chosen. */
  column: string
  /** Unfolded before anybody chose. */
  unfolded?: boolean
}

export const lenses: readonly Lens[] = [
  { id: 'status', column: 'status', unfolded: true },
  { id: 'kind', column: 'kind' },
  { id: 'host', column: 'node', unfolded: true },
  { id: 'namespace', column: 'namespace', unfolded: true },
  { id: 'os', column: 'os' },
  { id: 'storage', column: 'storageclass' },
  { id: 'network', column: 'network' },
  { id: 'cluster', column: 'cluster' },
  { id: 'has', column: 'has' },
  { id: 'tag', column: 'tag' },
]

/** Columns to be counted: of the lenses that are unfolded. */
export function countedColumns(unfolded: ReadonlySet<string>, tag: string | undefined): string[] {
  return lenses
    .filter(({ id }) => unfolded.has(id))
    .flatMap(({ column }) => (column === 'tag' ? (tag === undefined ? [] : [`label:${tag}`]) : [column]))
}
