export { startEngine, type Engine, type EngineOptions } from './engine.ts'
export { EngineError, type EngineErrorCode } from './errors.ts'
export { checkAuditLog, type AuditCheck } from './host/audit-check.ts'
export { dataDirectory, defaultDataDirectory, type DataDirectory } from './host/data-directory.ts'
export { type Leftover } from './host/leftovers.ts'
export { fileLogger } from './logging.ts'
export { runEngine, type Beside, type EngineEvent, type EngineSummary, type RunEngineOptions } from './run.ts'
export {
  backupStore,
  engineStatus,
  hostHelpers,
  leftovers,
  probeAcceleration,
  restoreStore,
  stopAll,
  type EngineState,
} from './stop-all.ts'
export { productVersion } from './version.ts'
export { type EngineStep } from './host/open-driver.ts'
