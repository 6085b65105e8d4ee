/** Ends what was left in the middle, whatever it was. */

import type { Storage } from '../storage/storage.ts'
import type { StorageSet } from '../storage/storage-set.ts'
import type { JournalEntry } from './journal.ts'
import { settleMerge } from './merge.ts'
import { settleSwitch } from './switch-heads.ts'

export async function settleEntry(set: StorageSet, storage: Storage, name: string, entry: JournalEntry): Promise<void> {
  const storages = entry.kind === 'switch' ? entry.volumes.map((each) => set.named(each.storage)) : [storage]
  // A record that nobody can read may name what this is about, and would not be put right: the entry stays until it can be read.
  for (const { unknown } of storages) if (unknown.first !== undefined) throw unknown.first
  await (entry.kind === 'switch' ? settleSwitch(set, name, entry) : settleMerge(storage, name, entry))
}
