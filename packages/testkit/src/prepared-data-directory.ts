/** What an engine takes seconds for when it starts for the first time is put where it looks. */

import { dataDirectory } from '@berth/engine'
import { putGuestInto } from './guest-cache.ts'
import { recallAcceleration } from './known-acceleration.ts'

/** Before its engine starts: the built-in guest, and whether KVM runs guests here. */
export async function prepareDataDirectory(dataDir: string): Promise<void> {
  const { images, machines } = dataDirectory(dataDir)
  await Promise.all([putGuestInto(images), recallAcceleration(machines)])
}
