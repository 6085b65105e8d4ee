export { storeConformance, type OpenedForTest, type OpenForTest, type TestRunner } from './conformance.ts'
export { createMemoryStore, type MemoryStoreOptions } from './memory.ts'
export { openStore, type OpenStoreOptions } from './sqlite/open.ts'
export { restoreStore, type RestoreOptions } from './sqlite/restore.ts'
