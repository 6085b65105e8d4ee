/**
 * An engine's part that takes snapshots of the volume `pvc` of the machine that runs and removes them again, until it is killed. Its disk
 * is slow where records are written, so that many deaths fall there. Says `at work` when it has the machine, and `going down`.
 */

import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { silentLogger } from '@berth/base'
import { createQemuDriver } from '@berth/hypervisor'
import { systemClock } from '@berth/kube'
import { Merger } from '../volumes/merging/merger.ts'
import { imagesInUse } from '../volumes/merging/users.ts'
import { isNamedHead } from '../volumes/storage/named-head.ts'
import { openVolumeStore } from '../volumes/volume-store.ts'

const [directory = ''] = process.argv.slice(2)
const driver = await createQemuDriver({ directory: join(directory, 'machines'), acceleration: 'tcg' })
const { adopted } = await driver.adopt({ isSwitched: isNamedHead })
const [domain] = adopted
if (domain === undefined) throw new Error('no machine runs')
const store = await openVolumeStore({
  storages: [{ name: 'local', directory: join(directory, 'volumes') }],
  inUse: () => imagesInUse(driver.list()),
})
const storage = store.storageSet.named()
const setHead = storage.setHead.bind(storage)
storage.setHead = async (volume, head) => {
  const isLower = storage.images.get(storage.record(volume).head)?.backing === head
  if (isLower) process.stdout.write('going down\n')
  await pause(30)
  await setHead(volume, head)
  await pause(30)
}
const merger = new Merger({
  storages: store.storageSet,
  domains: () => driver.list(),
  clock: systemClock,
  logger: silentLogger,
})
process.stdout.write('at work\n')
for (let round = 0; ; round += 1) {
  const handle = `snap-${process.pid}-${round}`
  await store.snapshot([{ volume: 'pvc', handle }], {
    switchLive: (overlays) => domain.snapshotDisks(overlays.map(({ path }) => ({ disk: 'data', path }))),
  })
  await pause(40)
  for (const each of await store.listSnapshots()) await store.deleteSnapshot(each)
  await merger.run()
}
