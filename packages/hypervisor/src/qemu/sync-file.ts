/** Makes what was written to a file, or to a folder, outlive a host that loses power. */

import { open } from 'node:fs/promises'

export async function syncFile(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
