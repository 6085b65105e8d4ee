import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLogger } from '@berth/base'
import { describe, test } from 'vitest'
import { storeConformance } from './conformance.ts'
import { createMemoryStore } from './memory.ts'
import { openStore } from './sqlite/open.ts'

const runner = { describe, test }

storeConformance(runner, 'the memory store', async (options) => {
  const store = createMemoryStore(options)
  return { store, dispose: () => store.close() }
})

storeConformance(runner, 'the SQLite store', async (options) => {
  const directory = await mkdtemp(join(tmpdir(), 'berth-store-'))
  const store = await openStore({ directory, logger: silentLogger, ...options })
  return {
    store,
    dispose: async () => {
      await store.close()
      await rm(directory, { recursive: true })
    },
  }
})
