/** Which running machine uses which image. */

import type { Driver } from '@berth/hypervisor'

type Domain = ReturnType<Driver['list']>[number]

/** Not of a machine that ended. */
export function writesTo(domain: Domain, path: string): boolean {
  return domain.status.state !== 'stopped' && domain.spec.disks.some((disk) => disk.path === path && !disk.readOnly)
}
