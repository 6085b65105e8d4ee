/**
 * Disks that clients send: received into a file of the engine's own, then checked and converted into the claim's volume.
 * What was received whole survives a crash and is worked on again; what was cut off is thrown away, and the client sends again.
 */

import type { Clock, Logger } from '@berth/base'
import type { Client } from '@berth/kube'
import type { VolumeStore } from '../volume-store.ts'

export interface UploadsOptions {
  client: Client
  volumes: VolumeStore
  /** Where what is on its way lies; made when needed. */
  directory: string
  clock: Clock
  logger: Logger
}

/** `notReady`: its claim is not there, or not made ready yet. `busy`: another upload is under way. `done`: the disk is there. */
export type UploadState = 'notReady' | 'ready' | 'busy' | 'done'

export interface ReceivedUpload {
  /** Settles when the disk is in its volume; rejects with ImagingError when it is none, and another upload may be tried. */
  done: Promise<void>
}

export class Uploads {
  readonly #options: UploadsOptions

  constructor(options: UploadsOptions) {
    this.#options = options
  }

  /** Of the claim of this name. */
  async state(_claim: { namespace: string; name: string }): Promise<UploadState> {
    throw new Error('Unsupported')
  }

  /**
   * Takes a disk from a client. Resolves when all bytes are here and safe against a crash.
   * @param options.bytes as announced: fewer or more is an error
   * @throws {EngineError} UploadNotReady, UploadDone
   * @throws {ImagingError} TooLarge, NoSpace, Aborted, NetworkFailed (fewer bytes than announced)
   */
  async accept(
    _claim: { namespace: string; name: string },
    _body: AsyncIterable<Uint8Array>,
    _options: { bytes?: number; signal?: AbortSignal } = {},
  ): Promise<ReceivedUpload> {
    throw new Error('Unsupported')
  }

  /** As `accept`, of a file that is here already (a resumable upload): it is moved away. */
  async acceptFile(_claim: { namespace: string; name: string }, _path: string): Promise<ReceivedUpload> {
    throw new Error('Unsupported')
  }
}
