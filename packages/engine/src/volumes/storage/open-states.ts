/** What an engine finds of volumes that keep a folder, and of their snapshots. */

import { readdir, readFile, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { ifPresent } from '../../host/if-present.ts'
import { renameDurably } from './durable.ts'
import type { StorageLayout } from './layout.ts'
import { parseFrozenState, type FrozenState } from './records.ts'

/** In the folder of a snapshot. */
export const frozenRecord = 'snapshot.json'

/** @throws {EngineError} ImageDamaged */
export async function openFrozenState(layout: StorageLayout, handle: string): Promise<FrozenState> {
  const text = await ifPresent(readFile(join(layout.frozenState(handle), frozenRecord), 'utf8'))
  return parseFrozenState(handle, text ?? '')
}

/** Ends, or takes back, what `putStateBack` (frozen-states.ts) was at. */
export async function settleState(layout: StorageLayout, volume: string): Promise<void> {
  const present = new Set((await ifPresent(readdir(layout.folder(volume)))) ?? [])
  const [next, state] = [layout.nextState(volume), layout.state(volume)]
  if (!present.has(basename(next))) return
  if (present.has(basename(state))) await rm(next, { recursive: true, force: true })
  else await renameDurably(next, state)
}
