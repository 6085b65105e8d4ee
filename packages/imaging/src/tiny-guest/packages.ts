/** Which Debian or Ubuntu packages hold the tiny guest's kernel, its modules and busybox. */

import { type AptPackage, showPackages, updateLists } from '../apt.ts'
import { ImagingError } from '../errors.ts'

/** Metapackages that depend on the current kernel, smallest first: Debian's cloud flavour, Ubuntu's, Debian's full one. */
const kernelMetapackages = ['linux-image-cloud-amd64', 'linux-image-virtual', 'linux-image-kvm', 'linux-image-amd64']

export interface GuestPackages {
  /** The kernel image and, where they are split off, its modules. */
  kernel: AptPackage[]
  busybox: AptPackage
}

/**
 * Resolves the packages, refreshing apt's lists once when they know no kernel and we may.
 * @throws {ImagingError} PackagesUnavailable
 */
export async function findGuestPackages(signal?: AbortSignal): Promise<GuestPackages> {
  const found = await lookUp(signal)
  if (found) return found
  const why = `apt knows none of the kernel packages ${kernelMetapackages.join(', ')}, or not busybox-static`
  await updateLists(why, signal)
  const second = await lookUp(signal)
  if (second) return second
  throw new ImagingError('PackagesUnavailable', `${why}, even after apt-get update`, {
    remedy: 'Add a Debian or Ubuntu mirror to /etc/apt.',
  })
}

async function lookUp(signal?: AbortSignal): Promise<GuestPackages | undefined> {
  const known = await showPackages([...kernelMetapackages, 'busybox-static'], signal)
  const busybox = known.find((entry) => entry.name === 'busybox-static')
  const metapackage = kernelMetapackages
    .map((name) => known.find((entry) => entry.name === name))
    .find((entry) => entry !== undefined)
  if (!busybox || !metapackage) return undefined
  const kernel = await kernelParts(metapackage, signal)
  return kernel.some((entry) => entry.name.startsWith('linux-image-')) ? { kernel, busybox } : undefined
}

/** `linux-image-6.1.0-9-cloud-amd64`, `linux-image-unsigned-…`, `linux-modules-…`: a version, not a metapackage. */
const realPart = /^linux-(?:image|image-unsigned|modules)-\d/

async function kernelParts(metapackage: AptPackage, signal?: AbortSignal): Promise<AptPackage[]> {
  const parts = new Map<string, AptPackage>()
  let names = metapackage.depends.filter((name) => realPart.test(name))
  // Image to modules is one step; the bound only guards against packages that depend on each other.
  for (let step = 0; step < 3 && names.length > 0; step++) {
    const found = await showPackages(names, signal)
    for (const entry of found) parts.set(entry.name, entry)
    names = found.flatMap((entry) => entry.depends).filter((name) => realPart.test(name) && !parts.has(name))
  }
  return [...parts.values()]
}
