/** Gives a QEMU that runs the files of a disk, and takes them back. */

import type { FileHandle } from 'node:fs/promises'
import { DriverError } from '../../driver.ts'
import { QmpClient } from '../../qmp/client.ts'
import type { ImageChain, OpenImage } from '../arguments/disks.ts'
import { sockets } from '../arguments/open-files.ts'
import type { DomainFolder } from '../folder.ts'
import { DescriptorPipe } from './descriptor-pipe.ts'

const connectMs = 5000

export interface HandOver {
  folder: DomainFolder
  uid: number | undefined
  /** Names the machine in errors. */
  machine: string
}

/**
 * The images under the names that QEMU opens them by.
 * @param opaque under which the files are found again
 * @throws {DriverError} Unsupported, Refused, Timeout, Protocol
 */
export async function handOver(
  opened: { images: ImageChain; handles: readonly FileHandle[]; writable: boolean },
  opaque: string,
  { folder, uid, machine }: HandOver,
): Promise<ImageChain> {
  const pipe = await connect(folder, uid, machine)
  const monitor = await QmpClient.connect({
    stream: pipe.socket,
    peer: `QEMU of ${machine}`,
    timeoutMs: connectMs,
    onEvent: () => {},
    onClose: () => {},
  })
  try {
    const named: OpenImage[] = []
    for (const [index, image] of opened.images.entries()) {
      const fd = opened.handles[index]?.fd ?? -1
      // Only the first image of a chain is written to.
      const file = { fd, writable: opened.writable && index === 0 }
      const set = await monitor.executeBeside('add-fd', { opaque }, (line) => pipe.send(line, file))
      named.push({ ...image, filename: `/dev/fdset/${set}` })
    }
    const [first, ...rest] = named
    if (first === undefined) throw new DriverError('InvalidSpec', 'a disk has no image')
    return [first, ...rest]
  } finally {
    monitor.close()
  }
}

async function connect(folder: DomainFolder, uid: number | undefined, machine: string): Promise<DescriptorPipe> {
  try {
    return await folder.withSocket(sockets.handover, uid, (path) => DescriptorPipe.connect(path))
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
    throw new DriverError('Unsupported', `${machine} was started by a version that could not attach disks`, {
      cause: error,
      remedy: 'Restart the machine.',
    })
  }
}

/** Closes the files in QEMU that were handed over, now or at its start, under this name. @throws {DriverError} Timeout, Protocol */
export async function takeBack(opaque: string, qmp: QmpClient): Promise<void> {
  for (const set of await qmp.execute('query-fdsets')) {
    if (!set.opaque.includes(opaque)) continue
    try {
      await qmp.execute('remove-fd', { 'fdset-id': set.id })
    } catch (error) {
      // QEMU drops a set by itself once nothing uses it.
      if (!(error instanceof DriverError && error.code === 'Refused')) throw error
    }
  }
}
