import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { randomFrom } from '../testing/random.ts'
import { temporaryFolder } from '../testing/test-engine.ts'
import { differences, leftOver, VolumeWorld } from '../testing/volume-world.ts'
import { mergePairs } from './chain/graph.ts'
import { openVolumeStore } from './volume-store.ts'

const rounds = Number(process.env['BERTH_VOLUME_ROUNDS'] ?? 4)
const seed = Number(process.env['BERTH_SEED'] ?? Date.now() % 1_000_000)

let root = ''

afterEach(() => rm(root, { recursive: true, force: true }))

it('holds what a model holds that only copies, whatever is done at once', async () => {
  root = await temporaryFolder()
  const storages = ['local', 'other'].map((name) => ({ name, directory: join(root, name) }))
  for (const { directory } of storages) await mkdir(directory)
  const store = await openVolumeStore({ storages })
  const world = new VolumeWorld(store, randomFrom(seed), ['local', 'local', 'other'])
  for (let round = 0; round < rounds; round += 1) {
    await world.round()
    expect({ seed, round, wrong: await differences(store, world) }).toEqual({ seed, round, wrong: [] })
  }
  await world.merger.run()
  expect({ seed, wrong: await differences(store, world) }).toEqual({ seed, wrong: [] })
  for (const { directory } of storages)
    expect({ seed, left: await leftOver(directory, store) }).toEqual({ seed, left: [] })
  for (const storage of store.storageSet.all)
    expect({ seed, pairs: mergePairs(storage.graph()) }).toEqual({ seed, pairs: [] })
  // The next engine finds the same.
  const again = await openVolumeStore({ storages })
  expect({ seed, wrong: await differences(again, world) }).toEqual({ seed, wrong: [] })
  await world.merger.stop()
})
