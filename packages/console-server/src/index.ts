export { ConsoleError, consoleErrorCodes, type ConsoleErrorCode } from './errors.ts'
