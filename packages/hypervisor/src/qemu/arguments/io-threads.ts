/** Threads of QEMU that serve disks beside the one that serves everything else. */

import type { DeviceSpec } from '../../spec/devices.ts'
import type { DomainDisk } from '../../spec/disks.ts'
import { json } from './escape.ts'

export function ioThreadArguments({ ioThreadCount = 0 }: DeviceSpec): string[] {
  return Array.from({ length: ioThreadCount }, (_, index) => [
    '-object',
    json({ 'qom-type': 'iothread', id: ioThreadId(index + 1) }),
  ]).flat()
}

/** @param number counted from 1 */
export function ioThreadId(number: number): string {
  return `iothread${number}`
}

/**
 * What a virtio disk says of its threads. Only newer versions of QEMU spread the queues of one disk over several threads; with an older
 * one each disk has one of them, in turns, so that all of them work.
 * @param turn how many disks with several threads came before
 */
export function ioThreadOptions(
  { ioThreads = [] }: DomainDisk,
  { turn, spread }: { turn: number; spread: boolean },
): Record<string, unknown> {
  if (ioThreads.length > 1 && spread) {
    return { 'iothread-vq-mapping': ioThreads.map((number) => ({ iothread: ioThreadId(number) })) }
  }
  const number = ioThreads[turn % ioThreads.length]
  return number === undefined ? {} : { iothread: ioThreadId(number) }
}

/** Whether a QEMU can: version 9 was the first. */
export function spreadsQueues(version = '0'): boolean {
  return Number.parseInt(version, 10) >= 9
}
