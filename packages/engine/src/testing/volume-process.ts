/**
 * A store of volumes in a process of its own, to be killed at any moment. Does random work, and says before each step what it is about
 * to do and after it that it is done, one line of JSON each; content is told by what was written to the volumes, so that the parent can
 * tell what must be there.
 */

import { silentLogger } from '@berth/base'
import { createImage } from '@berth/imaging'
import { systemClock } from '@berth/kube'
import { Merger } from '../volumes/merging/merger.ts'
import { openVolumeStore } from '../volumes/volume-store.ts'
import { writePattern } from './disk-content.ts'
import { randomFrom } from './random.ts'
import { nextStep, type World } from './volume-steps.ts'

const [directory = '', seed = '1', state = '{}'] = process.argv.slice(2)
const world = JSON.parse(state) as World // written by the test
const random = randomFrom(Number(seed))
const store = await openVolumeStore({ storages: [{ name: 'local', directory }] })
const merger = new Merger({ storages: store.storageSet, domains: () => [], clock: systemClock, logger: silentLogger })

const say = (line: unknown): void => void process.stdout.write(`${JSON.stringify(line)}\n`)

for (;;) {
  const step = nextStep(world, random)
  say({ begin: step })
  switch (step.act) {
    case 'create':
      await store.create(step.volume, { sizeBytes: step.bytes, format: step.format })
      break
    case 'write':
      await writePattern(await store.images(step.volume), [step])
      break
    case 'send':
      await store.replace(step.volume, async ({ path, format, sizeBytes }) => {
        await createImage({ path, format, sizeBytes })
        await writePattern({ path, format }, [{ at: 0, bytes: step.bytes, value: step.value }])
      })
      break
    case 'snapshot':
      await store.snapshot(step.volumes.map((volume, index) => ({ volume, handle: step.handles[index] ?? '' })))
      break
    case 'clone':
      await store.clone(step.volume, { from: step.from, sizeBytes: step.bytes, format: step.format })
      break
    case 'revert':
      await store.revert(step.volume, step.handle)
      break
    case 'forget':
      await store.deleteSnapshot(step.handle)
      break
    case 'remove':
      await store.remove(step.volume)
      break
    case 'grow':
      await store.grow(step.volume, step.bytes)
      break
    case 'merge':
      await merger.run()
      break
  }
  say({ end: true })
}
