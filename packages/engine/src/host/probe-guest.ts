/** The guest that shows whether KVM works: made only where there is a KVM to try. */

import { existsSync } from 'node:fs'
import { messageOf } from '@berth/base'
import type { QemuDriverOptions } from '@berth/hypervisor'
import { tinyGuestProbeArgument, type OnProgress } from '@berth/imaging'
import type { ImageLibrary } from '../volumes/image-library.ts'

export interface ProbeGuestResult {
  guest?: NonNullable<QemuDriverOptions['probeGuest']>
  /** Why there is none although there is something to try. */
  failure?: string
}

const kvmDevice = '/dev/kvm'

/** Never throws: machines with disks of their own run without this guest. */
export async function probeGuestOf(images: ImageLibrary, onProgress?: OnProgress): Promise<ProbeGuestResult> {
  if (!existsSync(kvmDevice)) return {}
  try {
    const { kernel, initrd, marker, cmdline } = await images.tinyGuest(onProgress)
    return { guest: { kernel, initrd, marker, cmdline: `${cmdline} ${tinyGuestProbeArgument}` } }
  } catch (error) {
    return { failure: `the guest to try it with could not be made: ${messageOf(error)}` }
  }
}
