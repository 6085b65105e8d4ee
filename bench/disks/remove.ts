/** Takes a disk away, with all that it has on the host. */

import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { expectCode, httpsClient, type ServerAccess } from '../load/https.ts'
import { dataVolumePath } from './objects.ts'

const pollMs = 50
const timeoutMs = 60_000

/** Resolves when no disk is left in a data directory that had this one alone. @throws when it stays */
export async function removeDisk(disk: { access: ServerAccess; dataDir: string; name: string }): Promise<void> {
  const { access, dataDir, name } = disk
  const client = httpsClient(access, 1)
  try {
    expectCode(await client.send('DELETE', `${dataVolumePath}/${name}`), 200, `delete ${name}`)
  } finally {
    client.close()
  }
  const images = join(dataDir, 'volumes', 'images')
  for (const end = performance.now() + timeoutMs; (await readdir(images)).length > 0; await wait(pollMs)) {
    if (performance.now() > end) throw new Error(`the disk of "${name}" is still there after ${timeoutMs} ms`)
  }
}
