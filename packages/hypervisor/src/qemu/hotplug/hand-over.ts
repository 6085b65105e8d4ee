/** Gives a QEMU that runs files, and takes them back. */

import type { FileHandle } from 'node:fs/promises'
import { DriverError } from '../../driver.ts'
import { QmpClient } from '../../qmp/client.ts'
import { sockets } from '../arguments/open-files.ts'
import type { DomainFolder } from '../folder.ts'
import { DescriptorPipe, type FileAccess } from './descriptor-pipe.ts'

const connectMs = 5000

export interface HandOver {
  folder: DomainFolder
  uid: number | undefined
  /** Names the machine in errors. */
  machine: string
}

/** A file to be handed over, and what QEMU may do with it. */
export interface HandedFile {
  handle: FileHandle
  access: FileAccess
}

/**
 * The names that QEMU opens the files by, in their order.
 * @param opaque under which the files are found again
 * @throws {DriverError} Unsupported, Refused, Timeout, Protocol
 */
export async function handOver(
  files: readonly HandedFile[],
  opaque: string,
  { folder, uid, machine }: HandOver,
): Promise<string[]> {
  const pipe = await connect(folder, uid, machine)
  const monitor = await QmpClient.connect({
    stream: pipe.socket,
    peer: `QEMU of ${machine}`,
    timeoutMs: connectMs,
    onEvent: () => {},
    onClose: () => {},
  })
  try {
    const names: string[] = []
    for (const { handle, access } of files) {
      const file = { fd: handle.fd, access }
      const set = await monitor.executeBeside('add-fd', { opaque }, (line) => pipe.send(line, file))
      names.push(setName(set))
    }
    return names
  } finally {
    monitor.close()
  }
}

/** What QEMU opens a set of descriptors by. */
export function setName(id: number): string {
  return `/dev/fdset/${id}`
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
