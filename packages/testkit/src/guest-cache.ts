/** The built-in guest is made once per machine and put into each data directory, so that tests do not build it again. */

import { cp, mkdir } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { buildTinyGuest } from '@berth/imaging'

/** The one that the hypervisor's own tests use. */
const cache = join(tmpdir(), `berth-test-guest-${userInfo().uid}`)

export async function putGuestInto(images: string): Promise<void> {
  const { kernel } = await buildTinyGuest({ directory: cache })
  const made = dirname(kernel)
  await mkdir(images, { recursive: true })
  await cp(made, join(images, basename(made)), { recursive: true })
}
