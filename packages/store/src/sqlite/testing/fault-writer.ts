/**
 * The victim of ../disk.test.ts: opens the store named by its argument and does what it is told, line by line: `write KEY BYTES`,
 * `read`, `close`. Answers each with one line of JSON.
 */

import { execFileSync } from 'node:child_process'
import { createInterface } from 'node:readline'
import { silentLogger } from '@berth/base'
import { StoreError, type Store } from '@berth/apiserver'
import { collection } from './scratch.ts'
import { openStore } from '../open.ts'

const [, , directory = '', mode] = process.argv
if (mode === 'read-only') {
  // In a mount namespace of its own, whose mounts nobody else sees.
  execFileSync('mount', ['--bind', directory, directory])
  execFileSync('mount', ['-o', 'remount,bind,ro', directory])
}

function say(answer: object): void {
  process.stdout.write(`${JSON.stringify(answer)}\n`)
}

function refusal(error: unknown): object {
  if (!(error instanceof StoreError)) throw error
  return { code: error.code, message: error.message, remedy: error.remedy }
}

async function obey(store: Store, line: string): Promise<object> {
  const [verb, key = '', bytes = '0'] = line.split(' ')
  if (verb === 'read') return { keys: store.list(collection).items.map((item) => item.key), revision: store.revision }
  if (verb === 'close') {
    await store.close()
    return { closed: true }
  }
  const encode = (): Buffer => Buffer.alloc(Number(bytes), key)
  try {
    const [revision] = await store.write([{ op: 'put', collection, key, encode }])
    return { revision }
  } catch (error) {
    return refusal(error)
  }
}

try {
  const store = await openStore({ directory, logger: silentLogger })
  say({ open: true })
  for await (const line of createInterface({ input: process.stdin })) say(await obey(store, line))
} catch (error) {
  say(refusal(error))
}
process.exit(0)
