/** Under which user and group QEMU runs. */

import { access, constants, stat } from 'node:fs/promises'

export interface RunAs {
  /** Undefined: the driver's own user. */
  uid?: number
  gid?: number
}

export interface KvmAccess {
  usable: boolean
  /** The group that opens the device, when it takes one. */
  gid?: number
  /** Why not usable, for a person. */
  reason?: string
}

const device = '/dev/kvm'

/** Whether QEMU's user may open /dev/kvm. @param separate QEMU gets a user of its own, because the driver is root */
export async function kvmAccess(separate: boolean): Promise<KvmAccess> {
  const info = await stat(device).catch(() => undefined)
  if (info === undefined) return { usable: false, reason: `there is no ${device}` }
  if (!separate) {
    const allowed = await access(device, constants.R_OK | constants.W_OK).then(
      () => true,
      () => false,
    )
    return allowed ? { usable: true } : { usable: false, reason: `this user may not open ${device}` }
  }
  if ((info.mode & 0o006) === 0o006) return { usable: true }
  if ((info.mode & 0o060) === 0o060 && info.gid !== 0) return { usable: true, gid: info.gid }
  return {
    usable: false,
    reason: `only root may open ${device}, and machines do not run as root; give it to group kvm`,
  }
}
