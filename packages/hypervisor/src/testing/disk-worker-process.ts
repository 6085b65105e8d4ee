/**
 * A program for tests that kill a driver while it works on disks: takes over the machines of a state directory (argument 1) and
 * snapshots, commits, streams and moves the first disk of the first one, with images in a folder (argument 2), until it is killed. While
 * the disk goes to another image, the file `named` in that folder says to which, from the moment when it is decided.
 */

import { rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { imagesOf } from '../image-chain.ts'
import { createQemuDriver } from '../qemu/create.ts'
import { makeImage, makeOverlay } from './images.ts'

const [directory = '', images = '', size = '0'] = process.argv.slice(2)
const driver = await createQemuDriver({ directory, acceleration: 'tcg' })
const { adopted } = await driver.adopt()
const [domain] = adopted
if (domain === undefined) throw new Error('no machine is there')
const named = join(images, 'named')
let made = 0
const next = (): string => {
  made += 1
  return join(images, `${process.pid}-${made}`)
}
process.stdout.write('at work\n')
for (;;) {
  const [disk] = domain.spec.disks
  if (disk === undefined) throw new Error('no disk is there')
  const { name } = disk
  await domain.snapshotDisks([{ disk: name, path: await makeOverlay(next(), disk) }])
  const chain = imagesOf(domain.spec.disks[0] ?? disk)
  const [head, top, base] = chain
  if (head === undefined || top === undefined) throw new Error('there was no snapshot')
  if (base !== undefined) {
    const backingName = base.path.split('/').at(-1) ?? ''
    await domain.commitDisk({ disk: name, top: top.path, base: base.path, backingName })
  }
  const nameIt = async (path: string): Promise<void> => {
    // Longer than a caller needs, so that many are killed here.
    await delay(60)
    await writeFile(`${named}.new`, path)
    await rename(`${named}.new`, named)
    await delay(60)
  }
  if (made % 3 === 2) {
    const below = base ?? top
    const beforeSwitch = (): Promise<void> => nameIt(below.path)
    await domain.commitDisk({ disk: disk.name, top: head.path, base: below.path, backingName: '', beforeSwitch })
    await rm(named)
  } else if (made % 3 === 0) await domain.streamDisk({ disk: name, into: head.path })
  if (made % 4 === 0) {
    const target = { path: await makeImage(next(), Number(size)), format: 'qcow2' as const }
    await domain.mirrorDisk({ disk: name, target, beforeSwitch: () => nameIt(target.path) })
    await rm(named)
  }
  process.stdout.write(`${made}\n`)
}
