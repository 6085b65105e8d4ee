/** What the bench can ask of an engine's process. One entry per measurement that must be taken inside it. */

import type { Engine } from '@berth/engine'
import { createInProcess } from './in-process-creates.ts'
import { fanOutInProcess } from './in-process-watchers.ts'
import { loopDelay } from './loop-delay.ts'
import { portToHost } from './port-to-host.ts'
import { settleMachines } from './settle-machines.ts'
import { listInProcess } from './in-process-list.ts'

export interface MemoryReport {
  /** After a garbage collection, so that two reports can be compared. */
  settledBytes: number
  /** The most this process ever had, collected or not. */
  peakBytes: number
}

export const commands = {
  async memory(_engine: Engine, _parameters: null): Promise<MemoryReport> {
    // Twice: the first run's finalizers free what the second one takes.
    global.gc?.()
    global.gc?.()
    return { settledBytes: process.memoryUsage().rss, peakBytes: process.resourceUsage().maxRSS * 1024 }
  },
  /** Processor time used so far, and when that was read, both in milliseconds. */
  async cpu(_engine: Engine, _parameters: null): Promise<{ usedMs: number; atMs: number }> {
    const { user, system } = process.cpuUsage()
    return { usedMs: (user + system) / 1000, atMs: performance.now() }
  },
  async machines({ services }: Engine, _parameters: null): Promise<{ id: string; pid: number | undefined }[]> {
    return services.driver.list().map(({ id, status }) => ({ id, pid: status.pid }))
  },
  create: createInProcess,
  settle: settleMachines,
  loopDelay,
  list: listInProcess,
  fanOut: fanOutInProcess,
  portToHost,
}

type Commands = typeof commands
export type CommandName = keyof Commands
export type ParametersOf<Name extends CommandName> = Parameters<Commands[Name]>[1]
export type ResultOf<Name extends CommandName> = Awaited<ReturnType<Commands[Name]>>

export type HostRequest =
  | { id: number; command: 'close' }
  | { [Name in CommandName]: { id: number; command: Name; parameters: ParametersOf<Name> } }[CommandName]

export type HostReply = { id: number; result: unknown; error?: undefined } | { id: number; error: string }
