/** Ends what was left in the middle, whatever it was. */

import type { Storage } from '../storage/storage.ts'
import type { StorageSet } from '../storage/storage-set.ts'
import type { JournalEntry } from './journal.ts'
import { settleMerge } from './merge.ts'
import { settleSwitch } from './switch-heads.ts'

export function settleEntry(set: StorageSet, storage: Storage, name: string, entry: JournalEntry): Promise<void> {
  return entry.kind === 'switch' ? settleSwitch(set, name, entry) : settleMerge(storage, name, entry)
}
