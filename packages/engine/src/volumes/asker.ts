/**
 * Whoever asked for a disk of a DataSource is written on what asked for it: a DataSource may come, or point elsewhere, after the disk was
 * admitted, so that who made the disk is asked about again when it is filled. Nobody but the engine says who that is.
 */

import type { DataVolumeSpec } from '@berth/api'
import { deepEqual, isJsonObject, type KubeObject } from '@berth/meta'
import type { Person } from '../resources/access-review.ts'
import { engineUser, isEngine } from '../resources/who.ts'
import { imageNamespace } from './image-publisher.ts'

/** On DataVolumes, and on machines and pools that make some. */
const askerAnnotation = 'berth.dev/disk-asked-by'

type Disks = readonly Pick<DataVolumeSpec, 'sourceRef'>[]

/** Those that templates make which nothing has checked yet but their schema, which lets some be null. */
export function disksIn(templates: readonly ({ spec: DataVolumeSpec } | null)[] | null | undefined): DataVolumeSpec[] {
  return (templates ?? []).flatMap((template) => (isJsonObject(template?.spec) ? [template.spec] : []))
}

/** Of an object that is being written; `disks` are its disks as they are to be, and as they were. */
export function noteAsker(
  object: KubeObject,
  previous: KubeObject | undefined,
  { user, disks, before }: { user: Person; disks: Disks; before: Disks },
): void {
  // The engine hands on what it read where that was written.
  if (isEngine(user)) return
  // It also writes machines for people nobody has asked for their rights: of those it is not known who asked.
  const isPerson = user.name !== engineUser.name
  const { [askerAnnotation]: _claimed, ...notes } = object.metadata.annotations ?? {}
  const known = previous?.metadata.annotations?.[askerAnnotation]
  const asks = disks.some(({ sourceRef }) => isJsonObject(sourceRef) && sourceRef.namespace !== imageNamespace)
  const asker =
    isPerson && asks && (known === undefined || !deepEqual(disks, before))
      ? JSON.stringify({ name: user.name, groups: user.groups })
      : known
  if (asker !== undefined) object.metadata.annotations = { ...notes, [askerAnnotation]: asker }
  else if (_claimed !== undefined) object.metadata.annotations = notes
}

/** The annotations of what the engine makes for an object, whatever a template says of who asked. */
export function withAskerOf(
  { metadata }: Pick<KubeObject, 'metadata'>,
  annotations: Readonly<Record<string, string>> | null | undefined,
): Record<string, string> {
  const { [askerAnnotation]: _claimed, ...notes } = annotations ?? {}
  const asker = metadata.annotations?.[askerAnnotation]
  return asker === undefined ? notes : { ...notes, [askerAnnotation]: asker }
}

/** undefined where nobody is known. */
export function askerOf({ metadata }: Readonly<KubeObject>): Person | undefined {
  const text = metadata.annotations?.[askerAnnotation]
  if (text === undefined) return undefined
  const value: unknown = JSON.parse(text)
  if (!isJsonObject(value)) return undefined
  const { name, groups } = value
  if (typeof name !== 'string' || !Array.isArray(groups)) return undefined
  return { name, groups: groups.filter((group) => typeof group === 'string') }
}
