/** Imports that are under way: a few at once, each with its progress, its failures and its next try. */

import { backoffDelay, messageOf, type BackoffPolicy } from '@berth/base'
import type { DataVolume } from '@berth/api'
import { keyOf, persistentVolumeClaims } from '@berth/kube'
import { unlessMissing } from '@berth/meta'
import { callerCodes, ImagingError } from '@berth/imaging'
import { EngineError } from '../errors.ts'
import type { EngineServices } from '../services.ts'
import { volumeNameFor } from './claim-controller.ts'
import { fillDisk } from './fill-disk.ts'

/** More at once would only fight for the disk and the line. */
const parallelImports = 2
const retryPolicy: BackoffPolicy = { initialMs: 5_000, maxMs: 300_000, factor: 2, jitter: 0.2 }

/** Failures that trying again cannot mend: the source has to change first. */
const permanent: ReadonlySet<string> = new Set(callerCodes.filter((code) => code !== 'NotFound' && code !== 'Refused'))

export interface ImportTarget {
  volume: string
  sizeBytes: number
}

interface Common {
  /** `NN.NN%` or `N/A`, as CDI prints it. */
  progress: string
  /** What happens now, for a person. */
  activity: string
  failures: number
}

export type ImportJob = Common &
  (
    | { state: 'waiting' }
    | { state: 'running' }
    | { state: 'retry'; error: unknown; retryAt: number }
    | { state: 'refused'; error: unknown }
    | { state: 'done' }
  )

interface Entry {
  uid: string
  volume: string
  job: ImportJob
  stopping: AbortController
  finished: Promise<void>
}

export class ImportJobs {
  readonly #services: EngineServices
  /** Called with the DataVolume's key whenever there is something to report. */
  readonly #changed: (key: string) => void
  readonly #entries = new Map<string, Entry>()
  #running = 0
  readonly #waiting: (() => void)[] = []

  constructor(services: EngineServices, changed: (key: string) => void) {
    this.#services = services
    this.#changed = changed
  }

  /** The job that fills this volume for this DataVolume; undefined when there is none, or when its time to try again has come. */
  get(dataVolume: Readonly<DataVolume>, volume: string): ImportJob | undefined {
    const key = keyOf(dataVolume)
    const entry = this.#entries.get(key)
    if (entry !== undefined && (entry.uid !== dataVolume.metadata.uid || entry.volume !== volume)) {
      // Of an earlier DataVolume of this name, or an earlier claim of this one, gone before its end was noticed.
      this.cancel(key)
      return undefined
    }
    const job = entry?.job
    if (job?.state === 'retry' && job.retryAt <= this.#services.clock.now().getTime()) return undefined
    return job
  }

  start(dataVolume: Readonly<DataVolume>, target: ImportTarget): ImportJob {
    const key = keyOf(dataVolume)
    const failures = this.#entries.get(key)?.job.failures ?? dataVolume.status?.restartCount ?? 0
    const stopping = new AbortController()
    const entry: Entry = {
      uid: dataVolume.metadata.uid ?? '',
      volume: target.volume,
      job: { state: 'waiting', progress: 'N/A', activity: '', failures },
      stopping,
      finished: Promise.resolve(),
    }
    this.#entries.set(key, entry)
    entry.finished = this.#run({ key, entry, dataVolume, target })
    return entry.job
  }

  /** Ends the job if it is under way, and forgets it. */
  cancel(key: string): void {
    this.#entries.get(key)?.stopping.abort()
    this.#entries.delete(key)
  }

  async stop(): Promise<void> {
    const entries = [...this.#entries.values()]
    for (const entry of entries) entry.stopping.abort()
    for (const resume of this.#waiting.splice(0)) resume()
    await Promise.all(entries.map((entry) => entry.finished))
  }

  async #run(task: {
    key: string
    entry: Entry
    dataVolume: Readonly<DataVolume>
    target: ImportTarget
  }): Promise<void> {
    const { key, entry, dataVolume, target } = task
    const { signal } = entry.stopping
    let isWanted = true
    await this.#turn()
    try {
      if (signal.aborted) return
      entry.job = { ...entry.job, state: 'running' }
      this.#changed(key)
      await this.#services.volumes.populate(target.volume, {}, async (path) => {
        await fillDisk({
          dataVolume,
          services: this.#services,
          path,
          sizeBytes: target.sizeBytes,
          signal,
          report: (activity, share) => {
            entry.job = {
              ...entry.job,
              activity,
              progress: share === undefined ? 'N/A' : `${(share * 100).toFixed(2)}%`,
            }
          },
        })
        // A claim that goes later takes its disk with it: removing waits until this is over. Of one that is gone nobody would.
        isWanted = await this.#hasClaim(dataVolume, target.volume)
        if (!isWanted) throw new Error('its claim is gone')
      })
      entry.job = { ...entry.job, state: 'done' }
    } catch (error) {
      if (!isWanted) this.#forget(key, entry)
      else if (!signal.aborted) this.#failed(entry, error)
    } finally {
      this.#running -= 1
      this.#waiting.shift()?.()
    }
    if (!signal.aborted) this.#changed(key)
  }

  async #hasClaim({ metadata }: Readonly<DataVolume>, volume: string): Promise<boolean> {
    const { namespace = '', name = '' } = metadata
    const claim = await unlessMissing(this.#services.client.get(persistentVolumeClaims, { namespace, name }))
    return claim !== undefined && claim.metadata.deletionTimestamp === undefined && volumeNameFor(claim) === volume
  }

  #forget(key: string, entry: Entry): void {
    if (this.#entries.get(key) === entry) this.#entries.delete(key)
  }

  #failed(entry: Entry, error: unknown): void {
    const failures = entry.job.failures + 1
    if (isPermanent(error)) {
      entry.job = { ...entry.job, state: 'refused', error, failures }
      return
    }
    const delay = backoffDelay(retryPolicy, failures, this.#services.random())
    const retryAt = this.#services.clock.now().getTime() + delay
    this.#services.logger.warn({ volume: entry.uid, error: messageOf(error), retryInMs: delay }, 'import failed')
    entry.job = { ...entry.job, state: 'retry', error, failures, retryAt }
  }

  async #turn(): Promise<void> {
    if (this.#running >= parallelImports) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    this.#running += 1
  }
}

function isPermanent(error: unknown): boolean {
  if (error instanceof EngineError) return error.code === 'ImportRefused'
  return error instanceof ImagingError && permanent.has(error.code)
}
