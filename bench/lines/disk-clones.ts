import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { KubeObject } from '@berth/meta'
import type { BenchContext } from '../context.ts'
import { openFollower, type Follower, type Shown } from '../disks/follow.ts'
import {
  copyOf,
  dataVolume,
  dataVolumePath,
  isFilled,
  isReady,
  volumeSnapshot,
  volumeSnapshotPath,
} from '../disks/objects.ts'
import { sampleImage, served } from '../disks/sample-image.ts'
import { freshEngine, type RunningEngine } from '../engine/fixtures.ts'
import { against, type BenchLine, type Measurement } from '../line.ts'
import { median, spread } from '../statistics.ts'

const mebibyte = 1024 ** 2
const rounds = (context: BenchContext): number => (context.quick ? 3 : 15)
/** Sizes whose times are compared; the larger one is as full as the smaller. */
const sizes = (context: BenchContext): { small: number; large: number } =>
  context.quick ? { small: 16, large: 64 } : { small: 16, large: 1024 }

interface Disks extends RunningEngine {
  volumes: Follower
}

/** With the disks `small` and `large`, full of noise. */
async function filledDisks(context: BenchContext): Promise<Disks> {
  return context.shared('filled-disks', async () => {
    const running = await freshEngine(context, 'simulated')
    const volumes = await openFollower(running.access, dataVolumePath)
    for (const [name, mebibytes] of Object.entries(sizes(context))) {
      const image = await sampleImage(context, mebibytes)
      const url = await served(context, image.qcow2)
      await volumes.make(dataVolume(name, { http: { url } }, `${mebibytes}Mi`), isFilled)
    }
    return {
      value: { ...running, volumes },
      async dispose() {
        volumes.close()
        await running.engine.close()
      },
    }
  })
}

/** The same with the large disk and with the small one, in turn. */
async function flat(
  context: BenchContext,
  {
    objects,
    make,
    done,
  }: { objects: Follower; make: (name: string, of: string) => KubeObject; done: (seen: Shown) => boolean },
): Promise<Measurement> {
  const times: Record<'small' | 'large', number[]> = { small: [], large: [] }
  for (let round = 0; round <= rounds(context); round += 1) {
    for (const disk of ['small', 'large'] as const) {
      const took = await objects.make(make(`${disk}-${round}`, disk), done)
      // The first of each is not counted: it turns the disk's image into a layer.
      if (round > 0) times[disk].push(took)
    }
  }
  const { small, large } = sizes(context)
  return against(
    { what: `the same of a disk with ${small} MiB`, value: median(times.small) },
    { value: median(times.large), unit: 'ms', note: `a disk with ${large} MiB of noise; ${spread(times.large)}` },
  )
}

export const diskClone: BenchLine = {
  name: 'disk-clone',
  what: 'clone of a disk, until it is ready: flat over the size',
  budget: { of: 'ratio', bound: 'at most', amount: 1.5 },
  async run(context) {
    const { volumes } = await filledDisks(context)
    return flat(context, {
      objects: volumes,
      make: (name, of) => dataVolume(`clone-of-${name}`, copyOf(of)),
      done: isFilled,
    })
  },
}

export const diskSnapshot: BenchLine = {
  name: 'disk-snapshot',
  what: 'snapshot of a disk, until it can be used: flat over the size',
  budget: { of: 'ratio', bound: 'at most', amount: 1.5 },
  async run(context) {
    const { access } = await filledDisks(context)
    const snapshots = await openFollower(access, volumeSnapshotPath)
    const measured = await flat(context, {
      objects: snapshots,
      make: (name, of) => volumeSnapshot(`snapshot-of-${name}`, of),
      done: isReady,
    })
    snapshots.close()
    return measured
  },
}

export const diskClonesBytes: BenchLine = {
  name: 'disk-clones-bytes',
  what: 'bytes on disk of an image and 50 clones of it',
  budget: { of: 'ratio', bound: 'at most', amount: 1.1 },
  async run(context) {
    const image = await sampleImage(context, context.quick ? 64 : 512)
    const url = await served(context, image.qcow2)
    const { engine, access, dataDir } = await freshEngine(context, 'simulated')
    const volumes = await openFollower(access, dataVolumePath)
    const before = await bytesIn(dataDir)
    await volumes.make(dataVolume('image', { http: { url } }, `${image.mebibytes}Mi`), isFilled)
    const one = (await bytesIn(dataDir)) - before
    const clones = Array.from({ length: 50 }, (_, index) => dataVolume(`clone-${index}`, copyOf('image')))
    const begin = performance.now()
    await Promise.all(clones.map((clone) => volumes.make(clone, isFilled)))
    const took = performance.now() - begin
    const all = (await bytesIn(dataDir)) - before
    volumes.close()
    await engine.close()
    return against(
      { what: 'the image alone', value: one / mebibyte },
      { value: all / mebibyte, unit: 'MiB', note: `all 50 at once took ${took.toFixed(0)} ms` },
    )
  },
}

/** What the files take on the host's disk. */
async function bytesIn(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  let blocks = 0
  for (const entry of entries) if (entry.isFile()) blocks += (await stat(join(entry.parentPath, entry.name))).blocks
  return blocks * 512
}
