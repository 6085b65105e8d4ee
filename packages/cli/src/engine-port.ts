/**
 * What `berth` needs of the embedded engine. @berth/engine exports functions of these names and shapes; this file holds the only import of
 * it, lazy, because the engine is far too heavy for a command that starts in milliseconds.
 */

import type { Logger } from '@berth/base'

export type EngineEvent =
  /** A long step began; `id` names it until it is done. */
  | { kind: 'step'; id: string; text: string }
  /** The same step, told more exactly: `Downloading packages (40%)`. */
  | { kind: 'progress'; id: string; text: string }
  | { kind: 'done'; id: string; text: string }
  | { kind: 'warning'; text: string; remedy?: string }
  /** The API serves, and the sample (when asked for) greeted. Comes once. */
  | { kind: 'ready'; summary: EngineSummary }

export interface EngineSummary {
  /** `https://127.0.0.1:7443` */
  server: string
  /** Path of the admin kubeconfig. */
  kubeconfig: string
  nodes: string[]
  acceleration: 'kvm' | 'tcg'
  /** Machines that were running already and are looked after again. */
  adopted: number
  /** What took how long, in order of happening. */
  times: { what: string; ms: number }[]
  /** The machine made on an empty data directory; undefined on later starts and with `sample: false`. */
  sample?: { namespace: string; name: string; greeting: string }
}

export interface RunEngineOptions {
  dataDir: string
  /** `host:port`; the engine's default unless given. */
  listen?: string
  nodes: number
  /** Folders (absolute) that hostDisk volumes may name files in; none unless given. */
  hostDiskFolders?: readonly string[]
  /** Make the sample machine when the data directory is new. */
  sample: boolean
  onProgress(event: EngineEvent): void
  /** A file in the data directory unless given. */
  logger?: Logger
  /** Ends the engine (not the machines) when aborted. */
  signal: AbortSignal
}

export type EngineState =
  | { state: 'running'; pid: number; server: string; version: string; startedAt: string; machines: string[] }
  /** Machines can run without an engine. */
  | { state: 'stopped'; machines: string[] }

export interface EnginePort {
  /** Serves until the signal aborts. */
  runEngine(options: RunEngineOptions): Promise<{ runningMachines: number }>
  /** Stops the engine that uses the data directory, and every machine; `stoppedMachines` says how many there were. */
  stopAll(options: {
    dataDir: string
    onProgress(event: EngineEvent): void
    signal: AbortSignal
  }): Promise<{ engineWasRunning: boolean; stoppedMachines: number }>
  engineStatus(dataDir: string): Promise<EngineState>
  /** Starts a small guest to see whether the host can run one with KVM. Takes seconds; cached per kernel boot. */
  probeAcceleration(options: { dataDir: string; signal: AbortSignal }): Promise<{
    kind: 'kvm' | 'tcg'
    /** Why not KVM, for a person. */
    why?: string
  }>
  /** A consistent copy of the store in a new file, also while the engine runs. */
  backupStore(options: { dataDir: string; file: string }): Promise<{ bytes: number; revision: number }>
  /** Replaces the store by a backup; the engine must not run. The old store is kept beside it. */
  restoreStore(options: { dataDir: string; file: string }): Promise<{ revision: number; keptOld?: string }>
}

export async function loadEngine(): Promise<EnginePort> {
  return import('@berth/engine')
}
