/** Shared by this folder's tests: a scratch directory, and writes of little texts. */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Store, Write } from '@berth/apiserver'

export const collection = 'core/configmaps'

export function putText(key: string, text: string, expect?: number | null): Write {
  const condition = expect === undefined ? {} : { expect }
  return { op: 'put', collection, key, ...condition, encode: (revision) => Buffer.from(`${revision}:${text}`) }
}

export function removeText(key: string): Write {
  return { op: 'delete', collection, key, encode: (revision) => Buffer.from(`${revision}:gone`) }
}

export async function inScratch(body: (directory: string) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'berth-store-'))
  try {
    await body(directory)
  } finally {
    await rm(directory, { recursive: true })
  }
}

export function contents(store: Store): Record<string, string> {
  return Object.fromEntries(store.list(collection).items.map((item) => [item.key, item.value.toString()]))
}
