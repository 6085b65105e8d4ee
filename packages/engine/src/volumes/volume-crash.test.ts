import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { silentLogger } from '@berth/base'
import { systemClock } from '@berth/kube'
import { afterEach, expect, it } from 'vitest'
import { contentOf } from '../testing/disk-content.ts'
import { randomFrom } from '../testing/random.ts'
import { temporaryFolder } from '../testing/test-engine.ts'
import { contentIn, makeStep, type Step, type World } from '../testing/volume-steps.ts'
import { leftOver } from '../testing/volume-world.ts'
import { Merger } from './merging/merger.ts'
import { openVolumeStore, type VolumeStore } from './volume-store.ts'

const rounds = Number(process.env['BERTH_CRASH_ROUNDS'] ?? 3)
const seed = Number(process.env['BERTH_SEED'] ?? Date.now() % 1_000_000)
const program = fileURLToPath(new URL('../testing/volume-process.ts', import.meta.url))

let root = ''

afterEach(() => rm(root, { recursive: true, force: true }))

/** Lets a process work until it is killed. @returns what it had said it did, and what it was at */
async function work(world: World, roundSeed: number, afterMs: number): Promise<{ done: Step[]; at: Step | undefined }> {
  const child = spawn(process.execPath, [program, root, String(roundSeed), JSON.stringify(world)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const steps: Step[] = []
  let ended = 0
  let words = ''
  child.stderr.on('data', (chunk: Buffer) => (words += chunk.toString('utf8')))
  const lines = createInterface({ input: child.stdout })
  lines.on('line', (line) => {
    const said = JSON.parse(line) as { begin?: Step } // as volume-process.ts writes it
    if (said.begin === undefined) ended += 1
    else steps.push(said.begin)
  })
  const first = once(lines, 'line')
  await Promise.race([first, once(child, 'exit')])
  await pause(afterMs)
  child.kill('SIGKILL')
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  expect({ seed, roundSeed, exitCode: child.exitCode, words }).toEqual({ seed, roundSeed, exitCode: null, words: '' })
  return { done: steps.slice(0, ended), at: steps[ended] }
}

/** What the store has is what the world says: nothing more, nothing less, bit for bit. */
async function isLike(store: VolumeStore, world: World): Promise<string | undefined> {
  const volumes = (await store.list()).toSorted()
  const wanted = Object.keys(world.volumes).toSorted()
  if (String(volumes) !== String(wanted)) return `volumes ${String(volumes)}, wanted ${String(wanted)}`
  const handles = (await store.listSnapshots()).toSorted()
  const kept = Object.keys(world.snapshots).toSorted()
  if (String(handles) !== String(kept)) return `snapshots ${String(handles)}, wanted ${String(kept)}`
  for (const [name, disk] of Object.entries(world.volumes))
    if (!(await contentOf(await store.images(name))).equals(contentIn(disk))) return `content of ${name}`
  for (const [handle, disk] of Object.entries(world.snapshots))
    if (!(await contentOf(await store.snapshotImages(handle))).equals(contentIn(disk))) return `content of ${handle}`
  return undefined
}

/** A write that was cut off may be there in part: what is there counts from now on. */
async function withCutWrite(store: VolumeStore, world: World, step: Step): Promise<World> {
  const disk = step.act === 'write' ? world.volumes[step.volume] : undefined
  if (disk === undefined || step.act !== 'write') return world
  const has = await contentOf(await store.images(step.volume))
  for (let at = step.at; at < step.at + step.bytes; at += 512)
    if (has[at] === step.value) disk.writes.push({ at, bytes: 512, value: step.value })
  return world
}

it(
  'keeps every byte when it is killed at any moment',
  async () => {
    root = await temporaryFolder()
    const random = randomFrom(seed)
    let world: World = { count: 0, volumes: {}, snapshots: {} }
    for (let round = 0; round < rounds; round += 1) {
      const { done, at } = await work(world, Math.floor(random() * 1e6), random() * 900)
      for (const step of done) makeStep(world, step)
      const next = structuredClone(world)
      if (at !== undefined) makeStep(next, at)
      // Names of the cut step are never used again.
      world.count = next.count = world.count + 1000
      const store = await openVolumeStore({ storages: [{ name: 'local', directory: root }] })
      world = at?.act === 'write' ? await withCutWrite(store, world, at) : world
      const before = await isLike(store, world)
      const after = before === undefined ? undefined : await isLike(store, next)
      const about = { seed, round, at }
      expect({ ...about, before, after }).toEqual({ ...about, before, after: undefined })
      if (before !== undefined) world = next
      expect({ ...about, left: await leftOver(root, store) }).toEqual({ ...about, left: [] })
      // What was cut off is made up for.
      if (round % 3 === 2) {
        const merger = new Merger({
          storages: store.storageSet,
          domains: () => [],
          clock: systemClock,
          logger: silentLogger,
        })
        await merger.run()
        await merger.stop()
        expect({ ...about, wrong: await isLike(store, world) }).toEqual({ ...about, wrong: undefined })
      }
    }
  },
  Math.max(180_000, rounds * 15_000),
)
