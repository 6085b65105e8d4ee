/** Every URL of the page is a typed function here; nothing else spells one. */

type ParamNames<Pattern extends string> = Pattern extends `${string}$${infer Name}/${infer Rest}`
  ? Name | ParamNames<`/${Rest}`>
  : Pattern extends `${string}$${infer Name}`
    ? Name
    : never

/** The parts of a path that are named with `$` in its pattern. */
export type PathParams<Pattern extends string> = Record<ParamNames<Pattern>, string>

/** Values left out are not in the URL. */
export type Search = Record<string, string | undefined>

type Arguments<Pattern extends string> = [ParamNames<Pattern>] extends [never]
  ? [search?: Search]
  : [params: PathParams<Pattern>, search?: Search]

/** Called, it makes the URL; `pattern` is what the router matches. */
export interface Path<Pattern extends string = string> {
  (...args: Arguments<Pattern>): string
  readonly pattern: Pattern
}

export function definePath<const Pattern extends string>(pattern: Pattern): Path<Pattern> {
  const names = [...pattern.matchAll(/\$(\w+)/g)].map(([, name = '']) => name)
  const build = (...args: unknown[]): string => {
    const params = names.length > 0 ? (args[0] as Record<string, string>) : {}
    const search = (names.length > 0 ? args[1] : args[0]) as Search | undefined
    const path = pattern.replaceAll(/\$(\w+)/g, (_whole, name: string) => encodeURIComponent(params[name] ?? ''))
    return path + searchText(search ?? {})
  }
  return Object.assign(build as (...args: Arguments<Pattern>) => string, { pattern })
}

/** `?query=web-&sort=name`, or nothing. */
export function searchText(search: Search): string {
  const text = new URLSearchParams()
  for (const [name, value] of Object.entries(search)) if (value !== undefined && value !== '') text.set(name, value)
  const written = text.toString()
  return written === '' ? '' : `?${written}`
}

export const homePath = definePath('/')
/** `from`: where they were when the session ended. A one-time code stands in the fragment: `#code=…`. */
export const signInPath = definePath('/sign-in')
/** After a one-time link. */
export const setPasswordPath = definePath('/set-password')

/** `q` the query, `detail` the key of the row whose panel is open; the rest is the list's own. */
export const workloadsPath = definePath('/workloads')
export const machinePath = definePath('/machines/$cluster/$namespace/$name')
/** `tab`: summary, console, configure, disks, network, metrics, timeline. */
export const machineTabPath = definePath('/machines/$cluster/$namespace/$name/$tab')
/** `template`, `step`, `draft`: the wizard's own. */
export const createPath = definePath('/create')

export const cataloguePath = definePath('/catalogue')
/** `section`: templates, images, sizes, preferences. Of templates, `from` opens "Template from a VM": `cluster/namespace/name`. */
export const catalogueSectionPath = definePath('/catalogue/$section')
export const catalogueItemPath = definePath('/catalogue/$section/$cluster/$namespace/$name')

/** `table`: volumes, snapshots, classes, policies; `q`, `sort`, `page` and `detail` are the list's own, `new` opens the form. */
export const storagePath = definePath('/storage')
export const storageTablePath = definePath('/storage/$table')

export const hostsPath = definePath('/hosts')
export const activityPath = definePath('/activity')
/** `task`: the id of the task that is shown whole. */
export const tasksPath = definePath('/activity/tasks')
export const adminPath = definePath('/admin')

/** A console alone in a window. `kind`: vnc or serial. */
export const consoleWindowPath = definePath('/consoles/$cluster/$namespace/$name/$kind')
/** Many screens side by side; `q` says of which machines. */
export const consoleWallPath = definePath('/consoles')
