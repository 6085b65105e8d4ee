/** Which volumes a guest can mount by virtiofs. It is a rule of two fields: the file system, and the volume of its name. */

import type { StatusCause } from '@berth/meta'
import type { Volume } from '../types/volume.ts'

/** Sources made of files. Those of disks have their file system inside, where only the guest sees it. */
const folders: readonly string[] = ['configMap', 'secret', 'downwardAPI', 'serviceAccount']

/** Undefined when the volume can be shared as a folder; otherwise why not. */
export function unsharable(volume: Volume): string | undefined {
  const source = Object.keys(volume).find((key) => key !== 'name')
  if (source === undefined || folders.includes(source)) return undefined
  return `the embedded engine shares volumes of ${folders.join(', ')} as folders; a ${source} is a disk image here, so use it as a disk`
}

/** @param spec an instance's, its shape checked against the schema @param path of the spec */
export function unsharedFolders(spec: unknown, path: string): StatusCause[] {
  if (!isInstanceSpec(spec)) return []
  return (spec.domain?.devices?.filesystems ?? []).flatMap(({ name }, index) => {
    const volume = (spec.volumes ?? []).find((each) => each.name === name)
    // A file system without a volume is another rule's business.
    const message = volume === undefined ? undefined : unsharable(volume)
    if (message === undefined) return []
    return [{ reason: 'FieldValueForbidden', field: `${path}.domain.devices.filesystems[${index}]`, message }]
  })
}

interface SpecWithFolders {
  domain?: { devices?: { filesystems?: { name: string }[] | null } | null } | null
  volumes?: Volume[] | null
}

/** The schema has checked the shape. */
function isInstanceSpec(spec: unknown): spec is SpecWithFolders {
  return typeof spec === 'object' && spec !== null
}
