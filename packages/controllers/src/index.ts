export type { ControllerDefinition, ControllerParts, RequiredRight, RunningController } from './controller.ts'
export { ControllersError, controllersErrorCodes, type ControllersErrorCode } from './errors.ts'
export { runControllers, startControllers, type ControllersOptions, type LeasedOptions } from './start.ts'
export { controllers } from './table.ts'
