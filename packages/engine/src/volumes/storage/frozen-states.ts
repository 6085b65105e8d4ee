/**
 * Snapshots of volumes that keep a folder (a machine's TPM and UEFI variables) instead of a disk: whole copies, for they are small. Each
 * is a folder that appears, and goes, by one rename.
 */

import { mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { EngineError } from '../../errors.ts'
import { copyState } from './copy-state.ts'
import { ifPresent } from '../../host/if-present.ts'
import { writeDurably } from './durable.ts'
import type { StorageLayout } from './layout.ts'
import { frozenRecord, settleState } from './open-states.ts'
import type { FrozenState } from './records.ts'
import type { Storage } from './storage.ts'

const content = 'state'

/** The volume's turn is held. */
export async function freezeState(
  storage: Storage,
  { volume, handle, takenAt }: { volume: string; handle: string; takenAt: Date },
): Promise<void> {
  const { layout } = storage
  storage.needKnown()
  await staged(layout, async (staging) => {
    const sizeBytes = await copyState(layout.state(volume), join(staging, content))
    const frozen: FrozenState = { volume, sizeBytes, takenAt: takenAt.toISOString() }
    await writeDurably(join(staging, frozenRecord), frozen, layout.staging)
    await rename(staging, layout.frozenState(handle))
    storage.frozenStates.set(handle, frozen)
    storage.leavingStates.delete(handle)
    await storage.promises.make({ folder: layout.states, volume, images: [] })
  })
}

/**
 * Idempotent. Nobody takes it for a snapshot from the rename on, also when the disk cannot promise that: it is asked again the next time,
 * and what was moved then goes at the next start.
 */
export async function removeFrozenState(storage: Storage, handle: string): Promise<void> {
  const { layout, frozenStates, leavingStates } = storage
  const frozen = frozenStates.get(handle) ?? leavingStates.get(handle)
  if (frozen === undefined) return
  storage.needKnown()
  const staging = layout.newStaging()
  await ifPresent(rename(layout.frozenState(handle), staging))
  frozenStates.delete(handle)
  leavingStates.set(handle, frozen)
  await storage.promises.sync(layout.states)
  leavingStates.delete(handle)
  await rm(staging, { recursive: true, force: true })
}

/** A new volume with what was frozen. @throws {EngineError} VolumeMissing */
export function addStateFrom(storage: Storage, volume: string, handle: string): Promise<void> {
  return storage.addState(volume, (staging) => copyState(frozenContent(storage, handle), join(staging, content)))
}

/** A new volume with nothing in it. */
export function addEmptyState(storage: Storage, volume: string): Promise<void> {
  return storage.addState(volume, (staging) => mkdir(join(staging, content), { mode: 0o700 }))
}

/**
 * The volume holds again what it held then. The copy is whole before the folder gives way to it; an engine that comes in between finds
 * either, or both, and knows by that how far it went, as does this one when it failed in between. No machine may use it.
 * @throws {EngineError} VolumeMissing
 */
export async function putStateBack(storage: Storage, volume: string, handle: string): Promise<void> {
  const { layout } = storage
  storage.needKnown()
  await settleState(layout, volume)
  await staged(layout, async (staging) => {
    const copy = join(staging, content)
    await copyState(frozenContent(storage, handle), copy)
    await rename(copy, layout.nextState(volume))
    await storage.promises.sync(layout.folder(volume))
    await rename(layout.state(volume), join(staging, 'before'))
    await rename(layout.nextState(volume), layout.state(volume))
    await storage.promises.sync(layout.folder(volume))
  })
}

function frozenContent(storage: Storage, handle: string): string {
  if (storage.frozenStates.has(handle)) return join(storage.layout.frozenState(handle), content)
  throw new EngineError('VolumeMissing', `there is no snapshot "${handle}" of what a machine keeps on this host`)
}

async function staged(layout: StorageLayout, work: (staging: string) => Promise<void>): Promise<void> {
  const staging = layout.newStaging()
  await mkdir(staging, { mode: 0o700 })
  try {
    await work(staging)
  } finally {
    await rm(staging, { recursive: true, force: true })
  }
}
