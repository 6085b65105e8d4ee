/** Volumes that are being filled: a few downloads at once, each with its progress, its failures and its next try. */

import { backoffDelay, messageOf, type BackoffPolicy } from '@berth/base'
import { callerCodes, ImagingError } from '@berth/imaging'
import { keyOf, type PersistentVolumeClaim } from '@berth/kube'
import { EngineError } from '../../errors.ts'
import type { EngineServices } from '../../services.ts'
import { foldersOf, shownError } from '../../shown-error.ts'
import { volumeNameFor } from '../claim-volume.ts'
import type { Placement } from '../volume-types.ts'
import type { FillSource } from './fill-source.ts'
import { ClaimGone, fillVolume } from './fill-volume.ts'
import { removeScratch } from './scratch.ts'
import { TurnsByNamespace, type TurnLimits } from '../../turns-by-namespace.ts'

/**
 * More of one namespace at once would only fight for the disk and the line; those of others need not wait for a server that sends a byte
 * a minute. Clones and blank disks do not wait for any of them.
 */
const parallelImports: TurnLimits = { most: 6, perNamespace: 2 }
const slow: ReadonlySet<FillSource['kind']> = new Set(['http', 's3', 'gcs', 'registry'])
const retryPolicy: BackoffPolicy = { initialMs: 5_000, maxMs: 300_000, factor: 2, jitter: 0.2 }

/** Failures that trying again cannot mend: the source has to change first. Damaged data of some bytes may come whole next time. */
const permanent: ReadonlySet<string> = new Set(callerCodes.filter((code) => code !== 'NotFound' && code !== 'Refused'))

export interface FillTask {
  claim: Readonly<PersistentVolumeClaim>
  source: Exclude<FillSource, { kind: 'upload' }>
  placement: Required<Placement>
  /** What its DataVolume says, when an engine before this one tried. */
  failuresBefore: number
}

interface Common {
  /** `NN.NN%` or `N/A`, as CDI prints it. */
  progress: string
  /** What happens now, for a person. */
  activity: string
  failures: number
  /** Bytes are copied: of a clone, that it could not be made at once. */
  copying: boolean
}

export type Filling = Common &
  (
    | { state: 'waiting' }
    | { state: 'running' }
    | { state: 'retry'; error: unknown; retryAt: number }
    | { state: 'refused'; error: unknown }
    | { state: 'done' }
  )

interface Entry {
  volume: string
  /** The furthest that any try has come. */
  reached: number
  /** Failures since one came further than all before it: a long download over a bad line breaks often, and need not wait long. */
  inARow: number
  filling: Filling
  stopping: AbortController
  finished: Promise<void>
}

export class Fillings {
  readonly #services: EngineServices
  /** Called with the claim's key whenever there is something to report. */
  readonly #listeners: ((key: string) => void)[] = []
  readonly #entries = new Map<string, Entry>()
  readonly #turns = new TurnsByNamespace(parallelImports)
  readonly #waiting: (() => void)[] = []
  #stopped = false

  constructor(services: EngineServices) {
    this.#services = services
  }

  onChange(listener: (key: string) => void): void {
    this.#listeners.push(listener)
  }

  /** How it stands with the volume of this claim; undefined when nobody fills it. */
  get(claim: Readonly<PersistentVolumeClaim>): Filling | undefined {
    const entry = this.#entries.get(keyOf(claim))
    return entry?.volume === volumeNameFor(claim) ? entry.filling : undefined
  }

  /** Goes on with filling this claim's volume, or begins to, or tries again when it is time. */
  ensure(task: FillTask): Filling {
    const { claim } = task
    const key = keyOf(claim)
    const before = this.get(claim)
    if (before === undefined) this.cancel(key)
    const { reached = 0, inARow = task.failuresBefore } = this.#entries.get(key) ?? {}
    const isDue = before?.state === 'retry' && before.retryAt <= this.#services.clock.now().getTime()
    if (before !== undefined && !isDue) return before
    const entry: Entry = {
      volume: volumeNameFor(claim),
      reached,
      inARow,
      filling: {
        state: 'waiting',
        progress: 'N/A',
        activity: '',
        failures: before?.failures ?? task.failuresBefore,
        copying: false,
      },
      stopping: new AbortController(),
      finished: Promise.resolve(),
    }
    this.#entries.set(key, entry)
    entry.finished = this.#run(key, entry, task)
    return entry.filling
  }

  /** Ends what is under way for the claim of this key, and forgets it and what was brought so far. */
  cancel(key: string): void {
    const entry = this.#entries.get(key)
    if (entry === undefined) return
    entry.stopping.abort()
    this.#wake()
    this.#entries.delete(key)
    void entry.finished
      .then(() => removeScratch(this.#services.paths.imports, entry.volume))
      .catch((error: unknown) =>
        this.#services.logger.warn({ error: messageOf(error) }, 'an import was not cleaned up'),
      )
  }

  /** What was brought stays: the next engine goes on with it. */
  async stop(): Promise<void> {
    this.#stopped = true
    const entries = [...this.#entries.values()]
    for (const entry of entries) entry.stopping.abort()
    this.#wake()
    await Promise.all(entries.map((entry) => entry.finished))
  }

  #changed(key: string): void {
    for (const listener of this.#listeners) listener(key)
  }

  async #run(key: string, entry: Entry, task: FillTask): Promise<void> {
    const { signal } = entry.stopping
    const endTurn = slow.has(task.source.kind)
      ? await this.#turn(task.claim.metadata.namespace ?? '', signal)
      : undefined
    try {
      if (signal.aborted) return
      entry.filling = { ...entry.filling, state: 'running' }
      this.#changed(key)
      await fillVolume({
        ...task,
        services: this.#services,
        signal,
        report: (activity, share) => {
          const progress = share === undefined ? 'N/A' : `${(share * 100).toFixed(2)}%`
          if (share !== undefined && share > entry.reached) {
            entry.reached = share
            entry.inARow = 0
          }
          const began = !entry.filling.copying && share !== undefined
          entry.filling = {
            ...entry.filling,
            activity,
            progress,
            copying: entry.filling.copying || share !== undefined,
          }
          if (began && !signal.aborted) this.#changed(key)
        },
      })
      entry.filling = { ...entry.filling, state: 'done' }
    } catch (error) {
      if (error instanceof ClaimGone) {
        if (this.#entries.get(key) === entry) this.cancel(key)
      } else if (!signal.aborted) this.#failed(entry, error)
    } finally {
      endTurn?.()
      this.#wake()
    }
    if (!signal.aborted || this.#stopped) this.#changed(key)
  }

  #failed(entry: Entry, error: unknown): void {
    const failures = entry.filling.failures + 1
    if (isPermanent(error)) {
      entry.filling = { ...entry.filling, state: 'refused', error, failures }
      return
    }
    entry.inARow += 1
    const asked = error instanceof ImagingError ? (error.retryAfterMs ?? 0) : 0
    const delay = Math.max(asked, backoffDelay(retryPolicy, entry.inARow, this.#services.random()))
    const retryAt = this.#services.clock.now().getTime() + delay
    const { volume } = entry
    this.#services.logger.warn({ volume, error: messageOf(error), retryInMs: delay }, 'a volume could not be filled')
    entry.filling = { ...entry.filling, state: 'retry', error, failures, retryAt, progress: 'N/A' }
  }

  /** In the order in which they came; whose namespace has its share already waits on. */
  #wake(): void {
    for (const resume of this.#waiting.splice(0)) resume()
  }

  /** @returns what ends it; undefined when it is not wanted any more before it comes */
  async #turn(namespace: string, signal: AbortSignal): Promise<(() => void) | undefined> {
    for (;;) {
      const end = signal.aborted ? undefined : this.#turns.begin(namespace)
      if (end !== undefined || signal.aborted) return end
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
  }
}

function isPermanent(error: unknown): boolean {
  if (error instanceof ImagingError) return permanent.has(error.code)
  return error instanceof EngineError && (error.code === 'ImportRefused' || error.code === 'VolumeRefused')
}

/** Why it failed, for a person. */
export function fillFailure(error: unknown, services: EngineServices): string {
  return shownError(error, foldersOf(services))
}
