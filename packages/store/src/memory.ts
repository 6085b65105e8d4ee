/** The store without a disk, for tests: the same state, history and rules over a journal that keeps nothing. */

import { StoreError, type Store } from '@berth/apiserver'
import { silentLogger, type Logger } from '@berth/base'
import { historyLimits } from './history.ts'
import type { Journal } from './journal.ts'
import { LogStore } from './log-store.ts'
import { firstRevision, State } from './state.ts'

export interface MemoryStoreOptions {
  logger?: Logger
  historyLimit?: number
  historyBytes?: number
}

const nowhere: Journal = {
  async commit() {},
  async backup(path) {
    throw new StoreError('Unavailable', `nothing can be saved to ${path}: this store lives in memory only`)
  },
  async close() {},
}

export function createMemoryStore(options: MemoryStoreOptions = {}): Store {
  const state = new State(historyLimits(options), firstRevision)
  return new LogStore({ state, journal: nowhere, logger: options.logger ?? silentLogger })
}
