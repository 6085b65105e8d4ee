/** Which images running machines have in hand. */

import type { Domain } from '@berth/hypervisor'
import type { ImagesInUse } from '../volume-types.ts'

export function imagesInUse(domains: readonly Domain[]): ImagesInUse {
  const inUse = new Map<string, 'written' | 'read'>()
  for (const { status, spec } of domains) {
    if (status.state === 'stopped') continue
    for (const { path, readOnly, backing = [] } of spec.disks) {
      for (const image of backing) if (!inUse.has(image.path)) inUse.set(image.path, 'read')
      if (path !== '' && (!readOnly || !inUse.has(path))) inUse.set(path, readOnly ? 'read' : 'written')
    }
  }
  return inUse
}
