/** Which images running machines, and the engine itself, have in hand. */

import type { Domain } from '@berth/hypervisor'
import type { ImagesInUse } from '../volume-types.ts'

/** @param read what the engine itself reads now */
export function imagesInUse(domains: readonly Domain[], read: Iterable<string> = []): ImagesInUse {
  const inUse = new Map<string, 'written' | 'read'>()
  for (const { status, spec } of domains) {
    if (status.state === 'stopped') continue
    for (const { path, readOnly, backing = [] } of spec.disks) {
      for (const image of backing) if (!inUse.has(image.path)) inUse.set(image.path, 'read')
      if (path !== '' && (!readOnly || !inUse.has(path))) inUse.set(path, readOnly ? 'read' : 'written')
    }
  }
  for (const path of read) if (!inUse.has(path)) inUse.set(path, 'read')
  return inUse
}
