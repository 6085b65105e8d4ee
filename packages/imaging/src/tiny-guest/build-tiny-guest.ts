/** Makes the built-in guest on this machine: the distribution's kernel plus busybox, a few megabytes, boots in seconds. */

import { join } from 'node:path'
import { writeCpio } from '../cpio.ts'
import { ImagingError } from '../errors.ts'
import type { OnProgress } from '../progress.ts'
import { readBusybox } from './busybox.ts'
import { cachedGuest, type BuiltGuest } from './cached-guest.ts'
import { guestEntries, guestMarker, guestModules } from './guest-files.ts'
import { downloadKernel, findGuestPackages, smallKernels } from './packages.ts'
import { readKernel } from './read-kernel.ts'

export type TinyGuest = BuiltGuest

export interface TinyGuestRequest {
  /** Where guests are kept; made when absent. */
  directory: string
  onProgress?: OnProgress
  signal?: AbortSignal
}

/**
 * `quiet` and `loglevel=0` keep the serial console (slow under emulation) for the guest's own words; `tsc=reliable` and
 * `no_timer_check` skip clock calibrations that take most of an emulated boot, `cryptomgr.notests` skips tests of ciphers that take a fifth
 * of the rest. The two functions of the black list (a test of one more cipher, trace points in functions of one's choice) take a sixth again.
 */
export const tinyGuestCmdline =
  'console=ttyS0 quiet loglevel=0 panic=-1 tsc=reliable no_timer_check mitigations=off audit=0 random.trust_cpu=on cryptomgr.notests initcall_blacklist=init_kprobe_trace,crypto_kdf108_init'

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
  return cachedGuest(
    { directory, name: 'tiny-guest', recipe: recipe(), marker: guestMarker, cmdline: tinyGuestCmdline, signal },
    async (work) => {
      onProgress?.({ step: 'Looking for the kernel package' })
      const packages = await findGuestPackages(smallKernels, signal)
      const debs = await downloadKernel(packages, { directory: work, onProgress, signal })
      const [kernel, busybox] = await Promise.all([
        readKernel(debs, guestModules, signal),
        readBusybox(join(work, 'busybox'), signal),
      ])
      onProgress?.({ step: 'Packing the initial RAM disk' })
      // Not compressed: unpacking would cost an emulated boot more time than the 3 MB are worth.
      const initrd = writeCpio(guestEntries({ ...busybox, modules: kernel.modules }))
      return { kernel: kernel.image, initrd, kernelVersion: packages.kernel[0]?.version ?? '' }
    },
  )
}

/** Changes with anything of ours that goes into the guest, so that an upgrade of Berth makes a new one. */
function recipe(): unknown {
  return [guestEntries({ busybox: Buffer.alloc(0), applets: [], modules: { early: [], late: [] } }), guestModules]
}
