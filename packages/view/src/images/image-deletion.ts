/** What deleting an image, or one version of it, takes with it, what stays, and why it may not be done now. The words are the page's. */

import type { ImageGroup, ImageRow } from './image-row.ts'

/** Why it may not be done now. */
export type ImageRefusal =
  /** It lies in the engine's own library: there it goes, with a command on that host. */
  | { part: 'of-host'; name: string }
  /** Its schedule would make it anew. */
  | { part: 'kept-fresh'; schedule: string }
  /** A disk is being made from it this moment. */
  | { part: 'being-copied'; disk: string }
  /** The name of the image stands for this version. */
  | { part: 'stands-for'; image: string }

export type ImageDeletionPart =
  | { part: 'disk-goes'; disk: string; bytes?: number }
  /** A machine uses the disk itself. */
  | { part: 'disk-in-use'; disk: string; machine: string }
  /** It was there before the image. */
  | { part: 'disk-stays'; disk: string }
  /** They have all they need. */
  | { part: 'users-stay'; count: number }
  /** A machine that has not started yet would find nothing to make its disk from. */
  | { part: 'machine-needs'; machine: string }

export interface ImageDeletion {
  refused?: ImageRefusal
  parts: ImageDeletionPart[]
  /** Whether the disk goes unless somebody says otherwise, and whether they may say so. */
  disk: 'goes' | 'asked' | 'stays'
}

/** @param head the name of the same image, where there is one: the version it stands for is not deleted alone */
export function deletionOfImage(row: ImageRow, head?: ImageRow): ImageDeletion {
  return deletion(row, row.version !== undefined && head?.follows === row.name && head.key !== row.key)
}

/** All of an image: its name first, so that nobody begins to use what goes next; then its versions. */
export function deletionsOfGroup({ head, versions }: ImageGroup): { row: ImageRow; deletion: ImageDeletion }[] {
  const rows = [head, ...versions.filter(({ key }) => key !== head.key)]
  return rows.map((row) => ({ row, deletion: deletion(row, false) }))
}

function deletion(row: ImageRow, standsFor: boolean): ImageDeletion {
  const { disk, follows, users } = row
  const refused = refusalOf(row, standsFor)
  const inUse = disk?.machines[0]
  // The name that follows a version has no disk of its own.
  const what =
    disk === undefined || follows !== undefined || inUse !== undefined ? 'stays' : disk.own ? 'goes' : 'asked'
  const parts: ImageDeletionPart[] = []
  if (disk !== undefined && follows === undefined) {
    if (inUse !== undefined) parts.push({ part: 'disk-in-use', disk: disk.name, machine: inUse })
    else if (disk.own) {
      parts.push({ part: 'disk-goes', disk: disk.name, ...(row.size === undefined ? {} : { bytes: row.size }) })
    } else parts.push({ part: 'disk-stays', disk: disk.name })
  }
  const made = row.userCount - users.filter(({ planned }) => planned).length
  if (made > 0) parts.push({ part: 'users-stay', count: made })
  const needing = new Set(users.filter(({ planned }) => planned).flatMap(({ machines }) => machines))
  for (const machine of needing) parts.push({ part: 'machine-needs', machine })
  return { ...(refused === undefined ? {} : { refused }), parts, disk: what }
}

function refusalOf(row: ImageRow, standsFor: boolean): ImageRefusal | undefined {
  const { origin, users, name, image } = row
  if (origin.kind === 'host') return { part: 'of-host', name }
  if (origin.kind === 'cron') return { part: 'kept-fresh', schedule: origin.name ?? '' }
  const copying = users.find(({ filling }) => filling)
  if (copying !== undefined) return { part: 'being-copied', disk: `${copying.namespace}/${copying.name}` }
  return standsFor ? { part: 'stands-for', image } : undefined
}
