/** A guest of ours (kernel and initial RAM disk) that is made once per recipe and appears complete, by one rename. */

import { createHash, randomUUID } from 'node:crypto'
import { access, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ImagingError } from '../errors.ts'
import { withLock } from '../lock.ts'

export interface BuiltGuest {
  /** Absolute path of the kernel (bzImage). */
  kernel: string
  /**
   * The same kernel as an ELF file, absolute path, where it was asked for and could be had. It needs a BIOS, and starts in half the time
   * under emulation, where unpacking a kernel takes longer than all it does afterwards.
   */
  unpackedKernel?: string
  /** Absolute path of the initial RAM disk. */
  initrd: string
  /** The words the guest prints on its serial console when it is up. */
  marker: string
  /** The kernel command line to boot it with; add `berth.hostname=NAME`. */
  cmdline: string
  /** The kernel's package version, `6.1.192-2`. */
  kernelVersion: string
}

export interface GuestPlace {
  /** Where guests are kept; made when absent. */
  directory: string
  name: string
  /** Everything of ours that goes into the guest; another value makes another guest. */
  recipe: unknown
  marker: string
  cmdline: string
  signal?: AbortSignal | undefined
}

export interface GuestParts {
  kernel: Buffer
  unpackedKernel?: Buffer | undefined
  initrd: Buffer
  kernelVersion: string
}

/**
 * Processes that want the same guest at once wait for the one that makes it.
 * @param build is given a folder to work in, which is removed afterwards
 */
export async function cachedGuest(
  place: GuestPlace,
  build: (work: string) => Promise<GuestParts>,
): Promise<BuiltGuest> {
  const key = createHash('sha256')
    .update(JSON.stringify([place.recipe, process.arch]))
    .digest('hex')
    .slice(0, 16)
  const target = join(place.directory, `${place.name}-${key}`)
  const cached = await readGuest(target, place)
  if (cached) return cached
  await mkdir(place.directory, { recursive: true })
  const { signal } = place
  return withLock({ path: `${target}.lock`, what: `the guest ${target}`, ...(signal ? { signal } : {}) }, async () => {
    return (await readGuest(target, place)) ?? (await makeGuest(target, place, build))
  })
}

async function makeGuest(
  target: string,
  place: GuestPlace,
  build: (work: string) => Promise<GuestParts>,
): Promise<BuiltGuest> {
  const work = join(place.directory, `.${place.name}-${randomUUID()}`)
  await mkdir(work)
  try {
    const { kernel, unpackedKernel, initrd, kernelVersion } = await build(work)
    const guest = join(work, 'guest')
    await mkdir(guest)
    await writeFile(join(guest, 'vmlinuz'), kernel, { mode: 0o644 })
    if (unpackedKernel) await writeFile(join(guest, 'vmlinux'), unpackedKernel, { mode: 0o644 })
    await writeFile(join(guest, 'initrd.cpio'), initrd, { mode: 0o644 })
    await writeFile(join(guest, 'guest.json'), JSON.stringify({ kernelVersion }))
    await publish(guest, target, place)
  } finally {
    await rm(work, { recursive: true, force: true })
  }
  const built = await readGuest(target, place)
  if (!built) throw new ImagingError('Io', `the built-in guest disappeared from ${target}`)
  return built
}

async function readGuest(target: string, { marker, cmdline }: GuestPlace): Promise<BuiltGuest | undefined> {
  const kernel = join(target, 'vmlinuz')
  const initrd = join(target, 'initrd.cpio')
  try {
    await access(kernel)
    await access(initrd)
    const info: unknown = JSON.parse(await readFile(join(target, 'guest.json'), 'utf8'))
    const version = typeof info === 'object' && info !== null && 'kernelVersion' in info ? info.kernelVersion : ''
    const unpacked = join(target, 'vmlinux')
    const hasUnpacked = await access(unpacked).then(
      () => true,
      () => false,
    )
    return {
      kernel,
      ...(hasUnpacked ? { unpackedKernel: unpacked } : {}),
      initrd,
      marker,
      cmdline,
      kernelVersion: String(version),
    }
  } catch {
    // Not made yet: the rename in publish() makes all three files appear at once.
    return undefined
  }
}

async function publish(from: string, target: string, place: GuestPlace): Promise<void> {
  try {
    await rename(from, target)
  } catch (cause) {
    // Another process made the same guest in the meantime; its files are as good as ours.
    if (!(await readGuest(target, place))) {
      throw new ImagingError('Io', `cannot put the built-in guest at ${target}`, { cause })
    }
  }
}
