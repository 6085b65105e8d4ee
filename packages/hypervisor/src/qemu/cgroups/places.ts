/**
 * Where this process may make control groups, read from the kernel's own tables. Version 2 has one tree for all controllers, version 1
 * a tree for each; a host may have both, with the controllers in either. Layouts: proc(5), cgroups(7).
 */

import { dirname, resolve } from 'node:path'
import type { CgroupController } from '../../spec/capabilities.ts'

export const controllers = ['cpu', 'memory', 'pids'] as const satisfies CgroupController[]

export interface CgroupMount {
  version: 1 | 2
  /** Of version 1: `cpu`, `cpuacct`, … */
  options: string[]
  /** The part of the tree that is mounted. */
  root: string
  path: string
}

/** @param text content of /proc/self/mountinfo */
export function parseMounts(text: string): CgroupMount[] {
  return text.split('\n').flatMap((line) => {
    const fields = line.split(' ')
    const end = fields.indexOf('-')
    const [type, , options = ''] = fields.slice(end + 1)
    const [root, path] = [fields[3], fields[4]]
    if (end < 0 || root === undefined || path === undefined || (type !== 'cgroup' && type !== 'cgroup2')) return []
    return [
      { version: type === 'cgroup2' ? 2 : 1, options: options.split(','), root: unescape(root), path: unescape(path) },
    ]
  })
}

/** The kernel writes spaces, tabs, line ends and backslashes of a path in octal. */
function unescape(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCodePoint(Number.parseInt(octal, 8)))
}

/** This process's group in each tree: by controller for version 1, under `''` for version 2. @param text of /proc/self/cgroup */
export function parseMembership(text: string): Map<string, string> {
  const found = new Map<string, string>()
  for (const line of text.split('\n')) {
    const [, , names, path] = /^(\d+):([^:]*):(.*)$/.exec(line) ?? []
    if (names === undefined || path === undefined) continue
    for (const name of names.split(',')) found.set(name, path)
  }
  return found
}

/** Folder of a group in a mounted tree; undefined when it lies outside what is mounted, as with some containers. */
export function folderOf(mount: CgroupMount, group: string): string | undefined {
  if (mount.root === '/') return resolve(mount.path, `.${group}`)
  if (group === mount.root || group.startsWith(`${mount.root}/`))
    return resolve(mount.path, `.${group.slice(mount.root.length)}`)
  return undefined
}

export interface CgroupPlaces {
  /** This process's own groups of version 1, by controller. */
  v1: Map<CgroupController, string>
  /** This process's own group of version 2 and those above it, the highest first. */
  v2: string[]
}

/** @param mounts content of /proc/self/mountinfo @param membership content of /proc/self/cgroup */
export function findPlaces(mounts: string, membership: string): CgroupPlaces {
  const mounted = parseMounts(mounts)
  const groups = parseMembership(membership)
  const v1 = new Map<CgroupController, string>()
  for (const controller of controllers) {
    const mount = mounted.find(({ version, options }) => version === 1 && options.includes(controller))
    const group = groups.get(controller)
    const folder = mount === undefined || group === undefined ? undefined : folderOf(mount, group)
    if (folder !== undefined) v1.set(controller, folder)
  }
  const unified = mounted.find(({ version }) => version === 2)
  const own = groups.get('')
  const folder = unified === undefined || own === undefined ? undefined : folderOf(unified, own)
  return { v1, v2: unified === undefined || folder === undefined ? [] : chain(unified.path, folder) }
}

function chain(top: string, folder: string): string[] {
  const found = [folder]
  for (let each = folder; each !== top && each.startsWith(`${top}/`);) {
    each = dirname(each)
    found.unshift(each)
  }
  return found
}
