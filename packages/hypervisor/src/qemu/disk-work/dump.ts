/** The guest's memory, written to a file. */

import { constants } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { messageOf } from '@berth/base'
import type { DumpOptions } from '../../disk-work.ts'
import { DriverError } from '../../driver.ts'
import { handOver, takeBack } from '../hotplug/hand-over.ts'
import { ask, type WorkedMachine } from './machine.ts'

/** Under which the file is found in QEMU. */
export const memoryDump = 'memory-dump'
const lookMs = 100

/** @throws {DriverError} */
export async function dumpMemory(machine: WorkedMachine, { path, signal, onProgress }: DumpOptions): Promise<void> {
  const { folder, uid, spec } = machine
  const file = await create(path)
  try {
    const [name] = await handOver([{ handle: file, access: 'write' }], memoryDump, { folder, uid, machine: spec().id })
    signal?.throwIfAborted()
    await machine.qmp().execute('dump-guest-memory', { paging: false, protocol: `file:${name}`, detach: true })
    for (;;) {
      const { status, done, total } = await ask(machine, 'query-dump')
      onProgress?.({ doneBytes: done, totalBytes: total })
      if (status === 'completed') break
      if (status !== 'active') {
        const { size } = await file.stat()
        throw new DriverError(
          'Refused',
          `the memory of ${spec().id} could not be written (${size} of ${total} bytes were)`,
          {
            remedy: 'Look for space where it is written to.',
          },
        )
      }
      await delay(lookMs)
    }
    signal?.throwIfAborted()
    await file.sync()
  } finally {
    await file.close()
    if (machine.isHeld()) await takeBack(memoryDump, machine.qmp())
  }
}

async function create(path: string): Promise<FileHandle> {
  try {
    return await open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW, 0o600)
  } catch (error) {
    throw new DriverError('InvalidSpec', `the file for the memory cannot be made: ${messageOf(error)}`, {
      cause: error,
    })
  }
}
