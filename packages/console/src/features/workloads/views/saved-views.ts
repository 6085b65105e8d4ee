/** Lists that somebody gave a name: query, order, columns and groups. Kept in preferences, and as a URL to hand on. Pure. */

export interface SavedView {
  name: string
  q: string
  sort: string
  group: string
  columns: string
}

export const mostViews = 40
export const longestName = 60

/** From preferences, which another version may have written: what is no view is left out. */
export function readViews(value: unknown): readonly SavedView[] {
  if (!Array.isArray(value)) return []
  const views: SavedView[] = []
  for (const item of value as unknown[]) {
    if (typeof item !== 'object' || item === null) continue
    const member = (name: string): string => {
      const text: unknown = Reflect.get(item, name)
      return typeof text === 'string' ? text : ''
    }
    const name = member('name').trim().slice(0, longestName)
    if (name === '' || views.some((view) => view.name === name)) continue
    views.push({ name, q: member('q'), sort: member('sort'), group: member('group'), columns: member('columns') })
  }
  return views.slice(0, mostViews)
}

/** Under a name that is there already it takes the place of that one. */
export function withView(views: readonly SavedView[], view: SavedView): readonly SavedView[] {
  const named = { ...view, name: view.name.trim().slice(0, longestName) }
  if (views.some(({ name }) => name === named.name)) {
    return views.map((each) => (each.name === named.name ? named : each))
  }
  return [...views, named].slice(0, mostViews)
}

export function withoutView(views: readonly SavedView[], name: string): readonly SavedView[] {
  return views.filter((view) => view.name !== name)
}

/** The view that is shown: same query, order, groups and columns. */
export function shownView(views: readonly SavedView[], shown: Omit<SavedView, 'name'>): SavedView | undefined {
  return views.find(
    (view) =>
      view.q === shown.q && view.sort === shown.sort && view.group === shown.group && view.columns === shown.columns,
  )
}
