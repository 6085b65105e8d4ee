/** One step of a run: what each machine's snapshot has come to, and which are to be made next. Pure. */

import type { PolicyMachineStatus, VirtualMachineSnapshot } from '@berth/api'
import { describeSnapshot, snapshotMessage } from './made-snapshot.ts'

/** Freezing many guests at once would be felt. */
const maxAtOnce = 4
/** Beyond its own deadline, after which a snapshot fails by itself where somebody sees to it. */
const graceMs = 10 * 60_000
/** For those without a deadline. */
const longestMs = 24 * 3_600_000

export interface MachineInRun {
  name: string
  /** What its snapshot of this run is called. */
  snapshot: string
  /** The snapshot, as far as it is there. */
  made: Readonly<VirtualMachineSnapshot> | undefined
  /** What the last look found. */
  before: PolicyMachineStatus | undefined
  /** The machine is there and still wanted. */
  there: boolean
}

export interface RunView {
  machines: readonly MachineInRun[]
  /** Why no further snapshot is begun, if so. */
  stopped: string | undefined
  /** Of one snapshot; 0 for none. */
  deadlineMs: number
  nowMs: number
}

export interface RunStep {
  /** In the order of the machines. */
  machines: PolicyMachineStatus[]
  /** Machines whose snapshots are to be made now. */
  begin: string[]
  done: boolean
}

export function runStep(view: RunView): RunStep {
  const machines = view.machines.map((machine) => lookAt(machine, view))
  const running = machines.filter(({ result }) => result === 'Running').length
  const waiting = machines.filter(({ result }) => result === 'Waiting')
  return {
    machines,
    begin: waiting.slice(0, Math.max(0, maxAtOnce - running)).map(({ name }) => name),
    done: machines.every(({ result }) => result === 'Taken' || result === 'Failed'),
  }
}

function lookAt(machine: MachineInRun, view: RunView): PolicyMachineStatus {
  const { name, snapshot, made, before } = machine
  const told = before?.snapshot === snapshot ? before : undefined
  const is = (result: PolicyMachineStatus['result'], message: string): PolicyMachineStatus => ({
    name,
    result,
    message,
    snapshot,
  })
  // What has ended stays as it was: a snapshot that is deleted afterwards is not made again.
  if (told !== undefined && (told.result === 'Taken' || told.result === 'Failed')) {
    return is(told.result, told.message ?? '')
  }
  if (made === undefined || made.metadata.deletionTimestamp !== undefined) {
    if (told?.result === 'Running' && made !== undefined)
      return is('Failed', 'the snapshot was deleted before it was taken')
    if (!machine.there) return is('Failed', 'the machine was deleted before its turn')
    if (view.stopped !== undefined) return is('Failed', view.stopped)
    return is('Waiting', 'waits for its turn')
  }
  const { state, takenMs } = describeSnapshot(made)
  const message = snapshotMessage(made)
  if (state === 'good') return is('Taken', `snapshot ${snapshot} was taken`)
  if (state === 'failed') return is('Failed', message ?? 'the snapshot failed')
  const limitMs = view.deadlineMs === 0 ? longestMs : view.deadlineMs + graceMs
  if (takenMs + limitMs < view.nowMs) return is('Failed', `not ready after ${Math.round(limitMs / 60_000)} minutes`)
  return is('Running', message ?? 'the snapshot is being taken')
}
