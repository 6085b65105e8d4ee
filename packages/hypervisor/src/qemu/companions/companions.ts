/**
 * The helper processes of one machine. Each runs in a folder of its own below the machine's `run`, which is how a later driver finds
 * it; all end with the machine.
 */

import { chmod, chown, mkdir, open } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { DriverError } from '../../driver.ts'
import type { DomainFolder } from '../folder.ts'
import type { RunAs } from '../identity.ts'
import { launch } from '../launch.ts'
import { closeAll } from '../open-files.ts'
import { endProcess, isAlive, type ProcessIdentity } from '../process-identity.ts'
import type { Companion } from './companion.ts'
import { isListening } from './listening.ts'

export interface StartCompanionOptions {
  folder: DomainFolder
  runAs: RunAs
  timeoutMs: number
}

export class Companions {
  readonly #processes = new Map<string, ProcessIdentity[]>()

  get names(): string[] {
    return [...this.#processes.keys()]
  }

  /** Takes in a process that an earlier driver started. */
  adopt(name: string, identity: ProcessIdentity): void {
    this.#processes.set(name, [...(this.#processes.get(name) ?? []), identity])
  }

  /** Resolves when it takes connections. @throws {DriverError} StartFailed */
  async start(companion: Companion, options: StartCompanionOptions): Promise<ProcessIdentity> {
    const { folder, runAs, timeoutMs } = options
    const { name, title } = companion
    const own = join(folder.run, name)
    await mkdir(own, { mode: 0o700 })
    await chmod(own, 0o700)
    if (runAs.uid !== undefined) await chown(own, runAs.uid, runAs.uid)
    const { command, args, handles } = await companion.plan({ folder: own, uid: runAs.uid })
    const log = await open(folder.companionLog(name), 'a', 0o600)
    try {
      const { identity, exited } = await launch({ binary: command, args, cwd: own, runAs, log, handles })
      this.adopt(name, identity)
      let ended = false
      const noteEnd = async (): Promise<void> => {
        await exited
        ended = true
      }
      void noteEnd()
      const start = performance.now()
      for (let pause = 1; !(await isListening(identity.pid)); pause = Math.min(20, pause * 2)) {
        const late = performance.now() - start > timeoutMs
        if (ended || late) {
          const words = await folder.lastWords(folder.companionLog(name))
          const why = late ? `it was not ready within ${timeoutMs} ms` : words || 'it ended without a word'
          throw new DriverError('StartFailed', `${title} of ${folder.id} did not start: ${why}`)
        }
        await delay(pause)
      }
      return identity
    } finally {
      await Promise.all([closeAll(handles), log.close()])
    }
  }

  /** Names of those that have ended, each told once. */
  takeEnded(): string[] {
    const ended = [...this.#processes].filter(([, all]) => !all.some(isAlive)).map(([name]) => name)
    for (const name of ended) this.#processes.delete(name)
    return ended
  }

  /** Ends all; resolves when they are gone, also for whoever asks a second time. */
  async end(): Promise<void> {
    const all = [...this.#processes.values()].flat()
    await Promise.all(all.map((identity) => endProcess(identity, politeMs)))
    this.#processes.clear()
  }
}

/** Time to write state down; mostly they have ended with QEMU's connection already. */
const politeMs = 2000
