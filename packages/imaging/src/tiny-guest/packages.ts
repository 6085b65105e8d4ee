/** Which Debian or Ubuntu packages hold the tiny guest's kernel, its modules and busybox. */

import { mkdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { type AptPackage, downloadPackages, showPackages, updateLists } from '../apt.ts'
import { ImagingError } from '../errors.ts'
import type { OnProgress } from '../progress.ts'

/** Metapackages that depend on the current kernel, smallest first: Debian's cloud flavour, Ubuntu's, Debian's full one. */
export const smallKernels = ['linux-image-cloud-amd64', 'linux-image-virtual', 'linux-image-kvm', 'linux-image-amd64']
/** Those that have a driver for every device. */
export const fullKernels = ['linux-image-amd64', 'linux-image-generic']

export interface GuestPackages {
  /** The kernel image and, where they are split off, its modules. */
  kernel: AptPackage[]
  busybox: AptPackage
}

/**
 * Resolves the packages, refreshing apt's lists once when they know no kernel and we may.
 * @param kernels metapackages to choose from, the best first
 * @throws {ImagingError} PackagesUnavailable
 */
export async function findGuestPackages(kernels: readonly string[], signal?: AbortSignal): Promise<GuestPackages> {
  const found = await lookUp(kernels, signal)
  if (found) return found
  const why = `apt knows none of the kernel packages ${kernels.join(', ')}, or not busybox-static`
  await updateLists(why, signal)
  const second = await lookUp(kernels, signal)
  if (second) return second
  throw new ImagingError('PackagesUnavailable', `${why}, even after apt-get update`, {
    remedy: 'Add a Debian or Ubuntu mirror to /etc/apt.',
  })
}

async function lookUp(kernels: readonly string[], signal?: AbortSignal): Promise<GuestPackages | undefined> {
  const known = await showPackages([...kernels, 'busybox-static'], signal)
  const busybox = known.find((entry) => entry.name === 'busybox-static')
  const metapackage = kernels
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

/** @returns paths of the kernel's packages, in a folder of their own below `directory` */
export async function downloadKernel(
  { kernel }: GuestPackages,
  { directory, onProgress, signal }: { directory: string; onProgress?: OnProgress; signal?: AbortSignal },
): Promise<string[]> {
  const folder = join(directory, 'kernel')
  await mkdir(folder)
  const names = kernel.map((entry) => entry.name)
  onProgress?.({ step: `Downloading ${names.join(', ')}`, total: kernel.reduce((sum, entry) => sum + entry.size, 0) })
  const debs = await downloadPackages({ names, directory: folder, signal })
  onProgress?.({ step: `Unpacking ${debs.map((deb) => basename(deb)).join(', ')}` })
  return debs
}
