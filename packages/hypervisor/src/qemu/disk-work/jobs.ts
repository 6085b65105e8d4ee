/** Work that QEMU does beside running the guest: from its beginning to its end, or to being cancelled. */

import { DriverError } from '../../driver.ts'
import type { WorkOptions } from '../../disk-work.ts'
import { refusalCode } from '../../qmp/client.ts'
import type { Job } from '../../qmp/commands.ts'
import { ask, type WorkedMachine } from './machine.ts'

/** How often progress is told, and how long a lost event can matter, in milliseconds. */
const lookMs = 500

export interface JobPlan extends WorkOptions {
  id: string
  /** Source and target are equal; the job goes on when this resolves. */
  onReady?(this: void): Promise<void>
  /** All is done but the change of the graph, which comes when this resolves. */
  onPending?(this: void): Promise<void>
  /** Once `onPending` has resolved somebody relies on the change: nothing ends the job any more. */
  isBinding?: boolean
}

export class Jobs {
  readonly #machine: WorkedMachine
  readonly #wakers = new Set<() => void>()
  /** Counts what was reported, so that nothing is missed between a look and the wait after it. */
  #reports = 0

  constructor(machine: WorkedMachine) {
    this.#machine = machine
  }

  /** QEMU says that a job has changed, or the connection has. */
  report(): void {
    this.#reports += 1
    for (const wake of this.#wakers) wake()
  }

  /**
   * Follows a job that has been begun to its end, and leaves nothing of it in QEMU.
   * @returns the bytes it has worked through
   */
  async follow(plan: JobPlan): Promise<number> {
    try {
      return await this.#follow(plan)
    } finally {
      await this.end(plan.id)
    }
  }

  async #follow({ id, signal, onProgress, onReady, onPending, isBinding = false }: JobPlan): Promise<number> {
    let answered = ''
    for (;;) {
      signal?.throwIfAborted()
      const seen = this.#reports
      const job = await this.#look(id)
      if (job === undefined) throw new DriverError('Protocol', `QEMU of ${this.#machine.spec().id} lost a job`)
      onProgress?.({ doneBytes: job.done, totalBytes: job.total })
      if (job.status === 'concluded') {
        if (job.error !== undefined) throw this.#failure(job.error)
        return job.done
      }
      // A job stays as it is for a moment after it was told to go on.
      if (job.status !== answered && job.status === 'ready') {
        await onReady?.()
        signal?.throwIfAborted()
        await this.#machine.qmp().execute('job-complete', { id })
        answered = job.status
      } else if (job.status !== answered && job.status === 'pending') {
        await onPending?.()
        if (isBinding) return await this.seeThrough(id)
        signal?.throwIfAborted()
        await this.#machine.qmp().execute('job-finalize', { id })
        answered = job.status
      } else {
        await this.#change(seen, signal)
      }
    }
  }

  async isPending(id: string): Promise<boolean> {
    return (await this.#look(id))?.status === 'pending'
  }

  /**
   * Lets a job that is pending change the graph, however often the connection is lost meanwhile.
   * @returns the bytes it has worked through
   * @throws {DriverError} what QEMU says when it could not; WrongState when it has ended, or another driver will go on
   */
  async seeThrough(id: string): Promise<number> {
    for (;;) {
      const seen = this.#reports
      const job = await this.#look(id)
      if (job === undefined) throw new DriverError('Protocol', `QEMU of ${this.#machine.spec().id} lost a job`)
      if (job.status === 'concluded') {
        if (job.error !== undefined) throw this.#failure(job.error)
        return job.done
      }
      try {
        if (job.status === 'pending') await this.#machine.qmp().execute('job-finalize', { id })
      } catch (error) {
        // The answer was lost, or the connection is not back yet: the next look tells.
        if (!(error instanceof DriverError)) throw error
      }
      await this.#change(seen)
    }
  }

  /** Cancels what goes on and forgets what is over. Resolves when there is no such job. */
  async end(id: string): Promise<void> {
    for (;;) {
      const seen = this.#reports
      const job = await this.#look(id)
      if (job === undefined || job.status === 'null') return
      try {
        await this.#machine.qmp().execute(job.status === 'concluded' ? 'job-dismiss' : 'job-cancel', { id })
      } catch (error) {
        // It went on between question and request: the next look tells.
        if (!(error instanceof DriverError)) throw error
      }
      if (job.status !== 'concluded') await this.#change(seen)
    }
  }

  /** Ends all there are. */
  async endAll(): Promise<void> {
    for (const { id } of await ask(this.#machine, 'query-jobs')) await this.end(id)
  }

  async #look(id: string): Promise<Job | undefined> {
    return (await ask(this.#machine, 'query-jobs')).find((job) => job.id === id)
  }

  #change(seen: number, signal?: AbortSignal): Promise<void> {
    if (this.#reports !== seen) return Promise.resolve()
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', wake)
        this.#wakers.delete(wake)
        resolve()
      }
      const timer = setTimeout(wake, lookMs)
      signal?.addEventListener('abort', wake)
      this.#wakers.add(wake)
    })
  }

  #failure(words: string): DriverError {
    return new DriverError(refusalCode(words), `QEMU of ${this.#machine.spec().id} could not finish: ${words}`)
  }
}
