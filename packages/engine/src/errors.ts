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
  /** Nothing may be uploaded into the claim now. */
  | 'UploadNotReady'
  /** The claim has its disk already. */
  | 'UploadDone'
  /** A volume or snapshot of that name is not on this host. */
  | 'VolumeMissing'
  /** What is asked does not go with this volume: a smaller size, another format, a snapshot while several machines write to it. */
  | 'VolumeRefused'
  /** An image of a volume is not what this engine wrote. */
  | 'ImageDamaged'
  /** A storage is not there, is somebody else's, is not as this engine writes it, has a journal that cannot be read, or lies on a disk that promises nothing. */
  | 'StorageUnusable'
  /** There is no room in a storage. */
  | 'StorageFull'

export class EngineError extends CodedError<EngineErrorCode> {}
