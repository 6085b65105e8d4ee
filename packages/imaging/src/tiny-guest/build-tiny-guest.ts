/** Makes the built-in guest on this machine: the distribution's kernel plus busybox, a few megabytes, boots in seconds. */

import { createHash, randomUUID } from 'node:crypto'
import { access, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { downloadPackages } from '../apt.ts'
import { writeCpio } from '../cpio.ts'
import { ImagingError } from '../errors.ts'
import type { OnProgress } from '../progress.ts'
import { readBusybox } from './busybox.ts'
import { guestEntries, guestMarker, guestModules } from './guest-files.ts'
import { findGuestPackages } from './packages.ts'
import { readKernel } from './read-kernel.ts'

export interface TinyGuest {
  /** Absolute path of the kernel (bzImage). */
  kernel: string
  /** Absolute path of the initial RAM disk. */
  initrd: string
  /** The words the guest prints on its serial console when it is up. */
  marker: string
  /** The kernel command line to boot it with; add `berth.hostname=NAME`. */
  cmdline: string
  /** The kernel's package version, `6.1.192-2`. */
  kernelVersion: string
}

export interface TinyGuestRequest {
  /** Where guests are kept; made when absent. */
  directory: string
  onProgress?: OnProgress
  signal?: AbortSignal
}

/**
 * `quiet` and `loglevel=0` keep the serial console (slow under emulation) for the guest's own words; `tsc=reliable` and
 * `no_timer_check` skip clock calibrations that take most of an emulated boot.
 */
export const tinyGuestCmdline =
  'console=ttyS0 quiet loglevel=0 panic=-1 tsc=reliable no_timer_check mitigations=off audit=0 random.trust_cpu=on'

/** Add this to the command line and the guest prints its marker and powers off at once: the test whether KVM works. */
export const tinyGuestProbeArgument = 'berth.probe=1'

/**
 * Makes the guest, or returns the one made before.
 * @throws {ImagingError} PackagesUnavailable, ToolMissing, CorruptData, Unsupported, NoSpace, Aborted
 */
export async function buildTinyGuest(request: TinyGuestRequest): Promise<TinyGuest> {
  const { directory, onProgress, signal } = request
  if (process.arch !== 'x64') {
    throw new ImagingError(
      'Unsupported',
      `the built-in guest is made for x86-64 only; this machine is ${process.arch}`,
      {
        remedy: 'Boot a VM from a disk image instead.',
      },
    )
  }
  const target = join(directory, `tiny-guest-${recipe()}`)
  const cached = await readGuest(target)
  if (cached) return cached

  const work = join(directory, `.tiny-guest-${randomUUID()}`)
  await mkdir(join(work, 'packages'), { recursive: true })
  try {
    onProgress?.({ step: 'Looking for the kernel package' })
    const packages = await findGuestPackages(signal)
    const kernelNames = packages.kernel.map((entry) => entry.name)
    const total = packages.kernel.reduce((sum, entry) => sum + entry.size, 0)
    onProgress?.({ step: `Downloading ${kernelNames.join(', ')}`, total })
    const debs = await downloadPackages({ names: kernelNames, directory: join(work, 'packages'), signal })
    onProgress?.({ step: `Unpacking ${debs.map((deb) => basename(deb)).join(', ')}` })
    const [kernel, busybox] = await Promise.all([readKernel(debs, signal), readBusybox(join(work, 'busybox'), signal)])
    onProgress?.({ step: 'Packing the initial RAM disk' })
    // Not compressed: unpacking would cost an emulated boot more time than the 3 MB are worth.
    const initrd = writeCpio(guestEntries({ ...busybox, modules: kernel.modules }))
    const guest = join(work, 'guest')
    await mkdir(guest)
    await writeFile(join(guest, 'vmlinuz'), kernel.image, { mode: 0o644 })
    await writeFile(join(guest, 'initrd.cpio'), initrd, { mode: 0o644 })
    await writeFile(join(guest, 'guest.json'), JSON.stringify({ kernelVersion: packages.kernel[0]?.version ?? '' }))
    await publish(guest, target)
  } finally {
    await rm(work, { recursive: true, force: true })
  }
  const built = await readGuest(target)
  if (!built) throw new ImagingError('Io', `the built-in guest disappeared from ${target}`)
  return built
}

/** Changes with anything of ours that goes into the guest, so that an upgrade of Berth makes a new one. */
function recipe(): string {
  const ours = guestEntries({ busybox: Buffer.alloc(0), applets: [], modules: { early: [], late: [] } })
  return createHash('sha256')
    .update(JSON.stringify([ours, guestModules, process.arch]))
    .digest('hex')
    .slice(0, 16)
}

async function readGuest(target: string): Promise<TinyGuest | undefined> {
  const kernel = join(target, 'vmlinuz')
  const initrd = join(target, 'initrd.cpio')
  try {
    await access(kernel)
    await access(initrd)
    const info: unknown = JSON.parse(await readFile(join(target, 'guest.json'), 'utf8'))
    const version = typeof info === 'object' && info !== null && 'kernelVersion' in info ? info.kernelVersion : ''
    return { kernel, initrd, marker: guestMarker, cmdline: tinyGuestCmdline, kernelVersion: String(version) }
  } catch {
    // Not made yet: the rename in publish() makes all three files appear at once.
    return undefined
  }
}

async function publish(from: string, target: string): Promise<void> {
  try {
    await rename(from, target)
  } catch (cause) {
    // Another process made the same guest in the meantime; its files are as good as ours.
    if (!(await readGuest(target))) {
      throw new ImagingError('Io', `cannot put the built-in guest at ${target}`, { cause })
    }
  }
}
