/** What earlier tries of a download brought, in `<target>.part`; with `<target>.part.json` it outlives the process. */

import { createHash } from 'node:crypto'
import { open, readFile, rm, writeFile, type FileHandle } from 'node:fs/promises'

export interface PartialFile {
  file: FileHandle
  received: number
  total: number | undefined
  /** Strong ETag or Last-Modified, for If-Range: the server goes on only when the file is still the same. */
  validator: string | undefined
  /** Where the bytes come from, after redirects. */
  source: URL
  /** Writes down what the next process must know. */
  remember(): Promise<void>
}

export async function openPartial(request: { part: string; url: URL; resume: boolean }): Promise<PartialFile> {
  const { part, url, resume } = request
  // Hashed, because an address may have a secret in it.
  const address = createHash('sha256').update(url.href).digest('hex')
  const known = resume ? await recall(part, address) : undefined
  const file = await open(part, known ? 'r+' : 'w+', 0o644)
  const partial: PartialFile = {
    file,
    received: known ? (await file.stat()).size : 0,
    total: known?.total,
    validator: known?.validator,
    source: url,
    async remember() {
      if (!resume) return
      await writeFile(notes(part), JSON.stringify({ url: address, validator: partial.validator, total: partial.total }))
    },
  }
  return partial
}

/** Removes the partial file and its notes. */
export async function forgetPartial(part: string): Promise<void> {
  await rm(part, { force: true })
  await rm(notes(part), { force: true })
}

function notes(part: string): string {
  return `${part}.json`
}

async function recall(part: string, address: string): Promise<{ validator: string; total?: number } | undefined> {
  try {
    await (await open(part, 'r+')).close()
    const parsed: unknown = JSON.parse(await readFile(notes(part), 'utf8'))
    if (typeof parsed !== 'object' || parsed === null) return undefined
    const { url, validator, total } = parsed as Record<string, unknown> // an object by the line above
    if (url !== address || typeof validator !== 'string') return undefined
    return { validator, ...(typeof total === 'number' ? { total } : {}) }
  } catch {
    // No notes or no file: nothing to go on from.
    return undefined
  }
}
