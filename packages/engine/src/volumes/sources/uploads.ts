/**
 * Disks that clients send: received into a file of the engine's own, then checked and converted into the claim's volume. What has arrived
 * whole outlives the engine and is worked on again; a power cut may take it, unless the client was promised that nothing more is needed
 * of it (`keep`), and nobody waits for the disk to write it down twice. What was cut off is thrown away, and the client sends again.
 */

import { link, open, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { messageOf, type Clock, type Logger } from '@berth/base'
import { importImage, ImagingError, receiveFile } from '@berth/imaging'
import { keyOf, persistentVolumeClaims, type Client, type PersistentVolumeClaim } from '@berth/kube'
import { unlessMissing } from '@berth/meta'
import { EngineError } from '../../errors.ts'
import { ifPresent } from '../../host/if-present.ts'
import { shownError } from '../../shown-error.ts'
import { mostImageBytes, requestedBytes, volumeNameFor } from '../claim-volume.ts'
import type { VolumeStore } from '../volume-store.ts'
import type { Placement, ReplaceRequest } from '../volume-types.ts'
import { openScratch, removeScratch, scratchFolder } from './scratch.ts'
import { isReadyForUpload, isUploadDone, isUploadTarget } from './upload-target.ts'

export interface UploadsOptions {
  client: Client
  volumes: VolumeStore
  /** Where what is on its way lies; made when needed. */
  directory: string
  clock: Clock
  logger: Logger
}

/**
 * `notReady`: its claim is not there, or not made ready yet. `busy`: another upload is under way. `done`: the disk is there. Of a claim that
 * has had a volume before an upload was asked for: `inUse` when a machine has it, `notBlank` when it holds something that would be lost.
 */
export type UploadState = 'notReady' | 'ready' | 'busy' | 'done' | 'inUse' | 'notBlank'

export interface ReceivedUpload {
  /** Settles when the disk is in its volume; rejects with ImagingError when it is none, and another upload may be tried. */
  done: Promise<void>
  /** From when it resolves, not even a power cut loses what was sent. Rejects as `done` where that comes first. */
  keep(): Promise<void>
}

/** How far one is, for the status of its DataVolume. */
export interface UploadProgress {
  /** `NN.NN%` or `N/A`. */
  progress: string
  failures: number
  /** Why the last one was no use. */
  error?: string
}

interface Entry extends UploadProgress {
  working: boolean
  stopping: AbortController
  finished: Promise<void>
}

interface Target {
  claim: PersistentVolumeClaim
  volume: string
}

type Receive = (path: string, target: Target, stopping: AbortSignal) => Promise<void>

/** Whole. Not trusted after a power cut. */
const arrivedFile = 'arrived'
/** The same file, synced before it got this name. */
const keptFile = 'received'

export class Uploads {
  readonly #options: UploadsOptions
  readonly #entries = new Map<string, Entry>()
  #changed: (key: string) => void = () => {}
  #placementOf: (claim: Readonly<PersistentVolumeClaim>) => Placement = () => ({})
  #usersOf: (claim: Readonly<PersistentVolumeClaim>) => readonly unknown[] = () => []
  #keepsFiles: (claim: Readonly<PersistentVolumeClaim>) => boolean = () => false

  constructor(options: UploadsOptions) {
    this.#options = options
  }

  /** Called with the claim's key whenever there is something to report; who fills claims also says where their volumes go, and who has them. */
  attach(parts: {
    changed: (key: string) => void
    placementOf: (claim: Readonly<PersistentVolumeClaim>) => Placement
    usersOf: (claim: Readonly<PersistentVolumeClaim>) => readonly unknown[]
    keepsFiles: (claim: Readonly<PersistentVolumeClaim>) => boolean
  }): void {
    this.#changed = parts.changed
    this.#placementOf = parts.placementOf
    this.#usersOf = parts.usersOf
    this.#keepsFiles = parts.keepsFiles
  }

  /** Of the claim of this name. */
  async state(claim: { namespace: string; name: string }): Promise<UploadState> {
    const found = await this.#claim(claim)
    return found === undefined ? 'notReady' : this.#stateOf(found)
  }

  async #stateOf(claim: Readonly<PersistentVolumeClaim>): Promise<UploadState> {
    const { volumes } = this.#options
    const volume = volumeNameFor(claim)
    const exists = await volumes.exists(volume)
    if (exists && (volumes.isUploaded(volume) || isUploadDone(claim))) return 'done'
    if (this.#entries.get(volume)?.working === true) return 'busy'
    // Files of the engine's lie beside the disk.
    if (this.#keepsFiles(claim) || (exists && !(await volumes.isBlank(volume)))) return 'notBlank'
    if (exists && (volumes.isInUse(volume) || this.#usersOf(claim).length > 0)) return 'inUse'
    return isReadyForUpload(claim) ? 'ready' : 'notReady'
  }

  /**
   * Takes a disk from a client. Resolves when all bytes are here and safe against the death of the engine.
   * @param options.bytes as announced: fewer or more is an error
   * @throws {EngineError} UploadNotReady, UploadDone, VolumeInUse, VolumeRefused (it holds something already)
   * @throws {ImagingError} TooLarge, NoSpace, Aborted, NetworkFailed (fewer bytes than announced)
   */
  async accept(
    claim: { namespace: string; name: string },
    body: AsyncIterable<Uint8Array>,
    options: { bytes?: number; signal?: AbortSignal } = {},
  ): Promise<ReceivedUpload> {
    return this.#take(claim, async (path, target, stopping) => {
      const what = `the upload into ${keyOf(target.claim)}`
      await receiveFile({
        path,
        body: endedBy(stopping, body, what),
        what,
        maxBytes: mostImageBytes(target.claim),
        sync: false,
        ...options,
      })
    })
  }

  /** How the upload into a volume stands; undefined before the first one. */
  progress(volume: string): UploadProgress | undefined {
    return this.#entries.get(volume)
  }

  /** Goes on with what an engine before this one had received and not yet converted. */
  async resume(claim: Readonly<PersistentVolumeClaim>): Promise<void> {
    const volume = volumeNameFor(claim)
    if (this.#entries.get(volume)?.working === true) return
    if ((await this.#receivedFile(volume)) === undefined) return
    const entry = this.#begin(volume)
    // How it ended is logged, and told by the claim; who sent it is gone.
    if (entry !== undefined) void this.#process({ claim, volume }, entry).catch(() => {})
  }

  /** The claim is gone, or its disk is there. */
  forget(volume: string): void {
    const entry = this.#entries.get(volume)
    this.#entries.delete(volume)
    entry?.stopping.abort()
    const finished = entry?.finished ?? Promise.resolve()
    void finished.then(() => removeScratch(this.#options.directory, volume))
  }

  async stop(): Promise<void> {
    const entries = [...this.#entries.values()]
    for (const { stopping } of entries) stopping.abort()
    await Promise.all(entries.map(({ finished }) => finished))
  }

  async #claim(target: { namespace: string; name: string }): Promise<PersistentVolumeClaim | undefined> {
    const claim = await unlessMissing(this.#options.client.get(persistentVolumeClaims, target))
    if (claim === undefined || claim.metadata.deletionTimestamp !== undefined) return undefined
    return isUploadTarget(claim) ? claim : undefined
  }

  async #take(name: { namespace: string; name: string }, receive: Receive): Promise<ReceivedUpload> {
    const claim = await this.#claim(name)
    const shown = `${name.namespace}/${name.name}`
    const state = claim === undefined ? 'notReady' : await this.state(name)
    if (state === 'done') throw new EngineError('UploadDone', `claim "${shown}" has its disk already`)
    if (state === 'inUse' || state === 'notBlank') throw uploadRefusal(shown, state)
    const volume = claim === undefined ? '' : volumeNameFor(claim)
    const entry = claim === undefined || state !== 'ready' ? undefined : this.#begin(volume)
    if (claim === undefined || entry === undefined) {
      throw new EngineError('UploadNotReady', `claim "${shown}" takes no upload now`, {
        remedy: state === 'busy' ? 'Another upload is under way; wait for its end.' : 'Wait until it is ready.',
      })
    }
    const target = { claim, volume }
    const work = this.#receive(target, entry, receive)
    // For `stop` only, which waits for the end whatever it is; the caller hears of a failure.
    entry.finished = work.then(
      ({ done }) => done.catch(() => {}),
      () => {},
    )
    return work
  }

  #begin(volume: string): Entry | undefined {
    const before = this.#entries.get(volume)
    if (before?.working === true) return undefined
    const entry: Entry = {
      working: true,
      progress: 'N/A',
      failures: before?.failures ?? 0,
      stopping: new AbortController(),
      finished: Promise.resolve(),
    }
    this.#entries.set(volume, entry)
    return entry
  }

  async #receive(target: Target, entry: Entry, receive: Receive): Promise<ReceivedUpload> {
    try {
      const folder = await openScratch(this.#options.directory, target.volume, [keptFile])
      const part = join(folder, 'upload.part')
      await rm(part, { force: true })
      this.#changed(keyOf(target.claim))
      try {
        await receive(part, target, entry.stopping.signal)
        await rename(part, join(folder, arrivedFile))
        // Of an upload before this one.
        await rm(join(folder, keptFile), { force: true })
      } finally {
        await rm(part, { force: true })
      }
    } catch (error) {
      this.#ended(target, entry, error)
      throw error
    }
    const done = this.#process(target, entry)
    return { done, keep: () => this.#keep(target.volume, done) }
  }

  /** It is worked on meanwhile: it gets another name beside the one it has. */
  async #keep(volume: string, done: Promise<void>): Promise<void> {
    const folder = scratchFolder(this.#options.directory, volume)
    const kept = join(folder, keptFile)
    const keeping = async (): Promise<true> => {
      await sync(join(folder, arrivedFile))
      await link(join(folder, arrivedFile), kept)
      // From the moment the name is on disk, too, a power cut does not lose it.
      for (const each of [folder, dirname(folder)]) await sync(each)
      return true
    }
    // The folder goes when the disk is in its volume, or was none.
    if ((await ifPresent(keeping())) === undefined) await done
  }

  /** What has arrived whole for this volume and is not in it yet. */
  async #receivedFile(volume: string): Promise<string | undefined> {
    const { directory } = this.#options
    const isThere = async (name: string): Promise<boolean> =>
      (await ifPresent(stat(join(scratchFolder(directory, volume), name)))) !== undefined
    if (!(await isThere(keptFile)) && !(await isThere(arrivedFile))) return undefined
    const folder = await openScratch(directory, volume, [keptFile])
    for (const name of [keptFile, arrivedFile]) if (await isThere(name)) return join(folder, name)
    return undefined
  }

  async #process(target: Target, entry: Entry): Promise<void> {
    const { volumes, directory, logger } = this.#options
    const { claim, volume } = target
    const work = this.#convert(target, entry)
    // As above.
    entry.finished = work.catch(() => {})
    try {
      await work
      this.#ended(target, entry)
    } catch (error) {
      const stopped = entry.stopping.signal.aborted
      // An engine that ends keeps the file: the next one goes on. A file that is no disk is of no use to anybody.
      const isThere = (await volumes.exists(volume)) && volumes.isUploaded(volume)
      if (!stopped && !isThere) await removeScratch(directory, volume)
      if (!stopped) logger.warn({ claim: keyOf(claim), error: messageOf(error) }, 'an upload is no disk')
      this.#ended(target, entry, error)
      throw error
    }
  }

  async #convert({ claim, volume }: Target, entry: Entry): Promise<void> {
    const { volumes, directory } = this.#options
    const folder = scratchFolder(directory, volume)
    const source = await this.#receivedFile(volume)
    if (source === undefined) throw new ImagingError('Aborted', `the upload into ${keyOf(claim)} was removed`)
    const placement = this.#placementOf(claim)
    const fill = async ({ path, format, sizeBytes }: ReplaceRequest): Promise<void> => {
      await importImage({
        source,
        target: { path, format },
        sizeBytes: Math.max(sizeBytes, requestedBytes(claim)),
        scratch: folder,
        what: 'the uploaded image',
        signal: entry.stopping.signal,
        onProgress: ({ done, total }) => {
          if (done !== undefined && total !== undefined && total > 0)
            entry.progress = `${((done / total) * 100).toFixed(2)}%`
        },
      })
      const now = await unlessMissing(
        this.#options.client.get(persistentVolumeClaims, {
          namespace: claim.metadata.namespace ?? '',
          name: claim.metadata.name ?? '',
        }),
      )
      // Of a claim that is gone nobody would remove the disk.
      if (now === undefined || volumeNameFor(now) !== volume || now.metadata.deletionTimestamp !== undefined)
        throw new ImagingError('Aborted', `the claim ${keyOf(claim)} is gone`)
    }
    if (!(await volumes.exists(volume))) {
      const { format = 'qcow2' } = placement
      await volumes.populate(volume, { ...placement, uploaded: true }, (path) => fill({ path, format, sizeBytes: 0 }))
    } else if (!volumes.isUploaded(volume)) await volumes.replace(volume, fill)
    await removeScratch(directory, volume)
  }

  #ended({ claim, volume }: Target, entry: Entry, error?: unknown): void {
    entry.working = false
    if (error !== undefined && this.#entries.get(volume) === entry) {
      entry.failures += 1
      entry.progress = 'N/A'
      const { directory, volumes } = this.#options
      entry.error = shownError(error, [...volumes.storageSet.all.map(({ layout }) => layout.directory), directory])
    }
    this.#changed(keyOf(claim))
  }
}

/** The same, until its claim goes or the engine ends: whoever sends may be silent for long, and is not waited for. */
async function* endedBy(
  stopping: AbortSignal,
  body: AsyncIterable<Uint8Array>,
  what: string,
): AsyncGenerator<Uint8Array> {
  const iterator = body[Symbol.asyncIterator]()
  let stop = (): void => undefined
  const onAbort = (): void => stop()
  stopping.addEventListener('abort', onAbort, { once: true })
  try {
    for (;;) {
      // One promise for each piece: many that race against one that lasts would all be remembered by it.
      const { promise, resolve, reject } = Promise.withResolvers<IteratorResult<Uint8Array>>()
      stop = () => reject(new ImagingError('Aborted', `${what} was ended`))
      if (stopping.aborted) stop()
      else iterator.next().then(resolve, reject)
      const next = await promise
      if (next.done === true) return
      yield next.value
    }
  } finally {
    stopping.removeEventListener('abort', onAbort)
    // Not waited for: it may be waiting for its sender itself.
    void iterator.return?.()
  }
}

/** For whoever asks to send something. */
export function uploadRefusal(claim: string, state: 'inUse' | 'notBlank'): EngineError {
  return state === 'inUse'
    ? new EngineError('VolumeInUse', `claim "${claim}" takes no upload while a machine has its disk`, {
        remedy: 'Stop the machine, or upload into a new claim.',
      })
    : new EngineError(
        'VolumeRefused',
        `claim "${claim}" takes no upload: it is not blank, and what it holds would be lost`,
        {
          remedy: 'Upload into a new claim.',
        },
      )
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
