/** Changes on disk that hold after a crash: what is named is whole, and what was whole stays named. */

import { randomUUID } from 'node:crypto'
import { open, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'

export async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}

/** After a rename or unlink in it; without, either may be undone by a power cut. */
export async function syncFolder(path: string): Promise<void> {
  await syncFile(path)
}

/** `path` has the new content, or the old one, or is not there; never a part. `staging` is on the same file system. */
export async function writeDurably(path: string, content: unknown, staging: string): Promise<void> {
  await writeWhole(path, content, staging)
  await syncFolder(dirname(path))
}

/**
 * The same, but that a power cut may undo it until the folder is synced. When it resolves, the new content is what is read from now on;
 * when it rejects, the old one is.
 */
export async function writeWhole(path: string, content: unknown, staging: string): Promise<void> {
  const partial = join(staging, randomUUID())
  try {
    const file = await open(partial, 'wx', 0o600)
    try {
      await file.writeFile(`${JSON.stringify(content)}\n`)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(partial, path)
  } catch (error) {
    await rm(partial, { force: true })
    throw error
  }
}

/** Over what is there, if anything. */
export async function renameDurably(from: string, to: string): Promise<void> {
  await rename(from, to)
  await syncFolder(dirname(to))
}
