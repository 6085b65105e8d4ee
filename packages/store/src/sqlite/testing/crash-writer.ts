/**
 * The victim of ../crash.test.ts: opens the store named by its argument and writes with 16 writers until killed, printing a line
 * for every acknowledged write. `hold` as second argument only opens it and says so.
 */

import { writeSync } from 'node:fs'
import { silentLogger } from '@berth/base'
import { collection } from './scratch.ts'
import { openStore } from '../open.ts'

const [, , directory = '', mode] = process.argv

function say(line: string): void {
  // Synchronous: what was said is with the parent even if the next thing is the kill.
  const bytes = Buffer.from(`${line}\n`)
  for (let written = 0; written < bytes.length;) {
    try {
      written += writeSync(1, bytes, written)
    } catch (error) {
      // The parent is busy and its pipe is full.
      if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) throw error
    }
  }
}

async function writeForever(writer: number): Promise<void> {
  for (let round = 0; ; round += 1) {
    const key = `k${(writer * 7 + round) % 40}`
    const remove = round % 5 === 4 && store.get(collection, key) !== undefined
    const encode = (revision: number): Buffer => Buffer.from(`${revision}:${writer}.${round}`)
    try {
      const [revision] = await store.write([{ op: remove ? 'delete' : 'put', collection, key, encode }])
      say(`${revision} ${remove ? 'delete' : 'put'} ${key} ${revision}:${writer}.${round}`)
    } catch (error) {
      // Another writer deleted it first.
      if (!(error instanceof Error && 'code' in error && error.code === 'Conflict')) throw error
    }
  }
}

const store = await openStore({ directory, logger: silentLogger, historyLimit: 1_000_000 }).catch((error: Error) => {
  say(`refused ${error.message}`)
  process.exit(0)
})
say('open')
if (mode !== 'hold') await Promise.all(Array.from({ length: 16 }, (_, writer) => writeForever(writer)))
