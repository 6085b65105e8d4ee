/** Small JSON files that only this user may read: written aside and renamed, so that a reader never sees half of one. */

import { randomUUID } from 'node:crypto'
import { chmod, link, mkdir, open, readdir, readFile, rename, rm, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** Far above what any of these files holds. */
const maxBytes = 256 * 1024

export async function makePrivateFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 })
  await chmod(path, 0o700)
}

/** Undefined when there is none, or when it is not JSON: a torn file of an earlier version is as good as none. */
export async function readJsonFile(path: string): Promise<unknown> {
  try {
    const text = await readFile(path, 'utf8')
    return text.length > maxBytes ? undefined : JSON.parse(text)
  } catch (error) {
    if (isMissing(error) || error instanceof SyntaxError) return undefined
    throw error
  }
}

export async function writeJsonFile(path: string, value: unknown): Promise<void> {
  await writeAside(path, JSON.stringify(value), (temporary) => rename(temporary, path))
}

/** @returns false when there is a file of that name already */
export async function createJsonFile(path: string, value: unknown): Promise<boolean> {
  try {
    await writeAside(path, JSON.stringify(value), (temporary) => link(temporary, path))
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
}

/** @returns whether it was this call that removed it: of several at once exactly one hears true */
export async function removeFile(path: string): Promise<boolean> {
  try {
    // Not `rm`, which looks first and so may tell two callers that they removed it.
    await unlink(path)
    return true
  } catch (error) {
    if (isMissing(error)) return false
    throw error
  }
}

/** Names of the `.json` files in a folder, without the ending; empty when there is no folder. */
export async function jsonFilesIn(folder: string): Promise<string[]> {
  try {
    const names = await readdir(folder)
    return names
      .filter((name) => name.endsWith('.json') && !name.startsWith('.'))
      .map((name) => name.slice(0, -'.json'.length))
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}

async function writeAside(path: string, text: string, put: (temporary: string) => Promise<void>): Promise<void> {
  const folder = dirname(path)
  const temporary = join(folder, `.${randomUUID()}`)
  try {
    const file = await open(temporary, 'wx', 0o600)
    try {
      await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
    await put(temporary)
  } finally {
    await rm(temporary, { force: true })
  }
}

/** Of an error of the file system: there is nothing of that name. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}
