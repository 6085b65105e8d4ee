/**
 * A running machine's head goes down into the image below, and the machine goes on in that one.
 *
 * Why it is safe to die at any line, for the engine, QEMU, or both: until the driver says that both images are equal, on disk, and that
 * the guest waits, the head is the child, which hides all that was copied below it. From then on until the guest goes on both are right:
 * the journal says `switching`, then the volume's record names the parent, then the driver lets the guest go on in the parent. An engine
 * that comes after one that died in between is asked by the driver which one is named, and the guest goes on in that (`isNamedHead`).
 * When it does not go over after all, the child is named again at once. A dead machine needs no settling: whatever is named is right.
 *
 * One gap is left. QEMU that refuses in the very last step lets the guest's requests go on in the child by that same step, while the
 * record names the parent until `afterRefusal` is through: milliseconds, in which a power cut, or the death of QEMU, loses what the guest
 * has written in them. No order of steps here closes it, because the refusal is known only when the guest goes on;
 * `hypervisor/qemu/disk-work/lower-head.ts` says what would.
 */

import { setTimeout as pause } from 'node:timers/promises'
import { EngineError } from '../../errors.ts'
import type { Storage } from '../storage/storage.ts'
import { reasonOf } from '../storage/stuck.ts'
import type { MergePair } from './graph.ts'
import type { MergeEntry } from './journal.ts'

export interface Lowering extends MergePair {
  signal: AbortSignal
  /** @param doneBytes that were copied so far */
  onProgress: (progress: { doneBytes: number }) => void
  /** Both are equal, and nobody writes to either until it resolves. */
  beforeSwitch: () => Promise<void>
  /** The machine goes on in the child, although `beforeSwitch` had resolved. */
  afterRefusal: () => Promise<void>
}

/** Milliseconds that a machine which has ended may take to be known as such. */
const mostEndingMs = 10_000
const lookMs = 50

/** @param lower has the machine do it, and resolves when it goes on in the parent */
export async function lowerHead(
  storage: Storage,
  { parent, child, signal }: MergePair & { signal: AbortSignal },
  lower: (lowering: Lowering) => Promise<void>,
): Promise<void> {
  const entry: MergeEntry = { kind: 'commit', parent, child, above: [], stage: 'copying' }
  const volumes = [...storage.volumes].flatMap(([volume, { head }]) => (head === child ? [volume] : []))
  const nameAll = async (head: string): Promise<void> => {
    for (const volume of volumes) await storage.setHead(volume, head)
  }
  let copiedBytes = 0
  let mayBeNamed = false
  let isRefused = false
  /** What of taking it back failed, too: told together with why it was taken back. */
  const failures: unknown[] = []
  const takeBack = async (): Promise<void> => {
    isRefused = true
    try {
      await nameAll(child)
      mayBeNamed = false
    } catch (error) {
      failures.push(error)
    }
  }
  const name = await storage.beginEntry(entry)
  const end = async (): Promise<void> => {
    try {
      await storage.endEntry(name)
    } finally {
      storage.leaveEntry(name)
    }
    await storage.collect()
  }
  try {
    await lower({
      parent,
      child,
      signal,
      onProgress: ({ doneBytes }) => {
        copiedBytes = doneBytes
      },
      beforeSwitch: async () => {
        // A simulated machine only says that it did; what was not done must not be relied on.
        if (copiedBytes === 0 && !(await storage.look(child)).isEmpty) throw unchanged(child)
        await storage.beginEntry({ ...entry, stage: 'switching' }, name)
        mayBeNamed = true
        try {
          await nameAll(parent)
        } catch (error) {
          // The record may say the one or the other on disk now.
          await takeBack()
          throw error
        }
      },
      afterRefusal: takeBack,
    })
  } catch (error) {
    // QEMU ended, or this driver, before it was known whether the guest had gone over. Until the end is known the driver tells what was
    // before; if that does not come about, the entry stays for the next engine.
    try {
      if (isRefused && mayBeNamed) await leaveInChild(storage, name, entry)
      else if (!mayBeNamed || (await isUnused(storage, entry))) await end()
    } catch (failure) {
      failures.push(failure)
    }
    throw failures.length === 0 ? error : notTakenBack(volumes, error, failures)
  }
  await end()
}

/**
 * The guest goes on in the child, and a broken disk could not name it again: whoever works on the volume next has to, before all else. When
 * the disk does not take that either, the next engine learns from the machine in which of both it is, as long as that runs.
 */
async function leaveInChild(storage: Storage, name: string, entry: MergeEntry): Promise<void> {
  storage.journal.set(name, entry)
  try {
    await storage.beginEntry(entry, name)
  } finally {
    storage.leaveEntry(name)
  }
}

function notTakenBack(volumes: readonly string[], refusal: unknown, failures: readonly unknown[]): EngineError {
  const shown = volumes.map((volume) => `"${volume}"`).join(', ')
  return new EngineError(
    'StorageUnusable',
    `layers of volume ${shown} were not merged: ${reasonOf(refusal)}; and that could not be written down: ${failures.map(reasonOf).join(', ')}`,
    {
      cause: new AggregateError([refusal, ...failures], 'what failed, in its order'),
      remedy:
        'It is tried again by itself: look after the disk that the storage lies on, and leave the machine running until then.',
    },
  )
}

export function unchanged(child: string): EngineError {
  return new EngineError('VolumeRefused', `the machine did not merge image ${child}`)
}

/** Of an engine that ended in the middle. A machine that runs was asked by the driver that adopted it which of the two it writes to. */
export async function settleLowering(storage: Storage, { parent, child }: MergeEntry): Promise<void> {
  const written = [child, parent].find((image) => storage.use(image) === 'written')
  for (const [volume, { head }] of storage.volumes)
    if (written !== undefined && (head === parent || head === child)) await storage.setHead(volume, written)
}

async function isUnused(storage: Storage, { parent, child }: MergePair): Promise<boolean> {
  for (let waited = 0; [parent, child].some((image) => storage.use(image) !== undefined); waited += lookMs) {
    if (waited >= mostEndingMs) return false
    await pause(lookMs)
  }
  return true
}
