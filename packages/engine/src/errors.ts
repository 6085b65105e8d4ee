/** The engine's errors. Codes are documented in the package README. */

import { CodedError } from '@berth/base'

export type EngineErrorCode =
  /** A name that came from outside cannot be used as a file name. */
  | 'InvalidName'
  /** Another engine runs on this data directory. */
  | 'AlreadyRunning'
  /** No engine runs on this data directory. */
  | 'NotRunning'
  /** The address to listen on is taken, or not ours. */
  | 'ListenFailed'
  /** A configuration file named at the start, or the audit log, cannot be read. */
  | 'FileUnreadable'
  /** A volume, claim, secret or image a machine needs is not there (yet). */
  | 'MissingDependency'
  /** Another machine writes a disk that this one needs. */
  | 'VolumeInUse'
  /** An import was refused: the image is hostile, too big, or not an image. */
  | 'ImportRefused'

export class EngineError extends CodedError<EngineErrorCode> {}
