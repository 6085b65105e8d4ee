/** Opens a data directory's store, which is also the lock that only one engine has. */

import type { Logger } from '@berth/base'
import type { Store } from '@berth/apiserver'
import { openStore } from '@berth/store'
import type { DataDirectory } from './data-directory.ts'

/** @throws {StoreError} Locked, Corrupt, NewerVersion, Unavailable */
export function openDataStore(paths: DataDirectory, logger: Logger): Promise<Store> {
  // A bundle has the worker beside it; from source the store finds its own.
  const workerUrl = import.meta.url.endsWith('.ts') ? undefined : new URL('./store-worker.js', import.meta.url)
  return openStore({ directory: paths.store, logger, ...(workerUrl === undefined ? {} : { workerUrl }) })
}
