/** What can be done to a workload: one row per action, for buttons, menus, plans, tasks and the command bar alike. */

import type { Action as StateRule } from '@berth/api'
import type { WorkloadKind } from '../rows/row.ts'

export type ActionId =
  | 'start'
  | 'stop'
  | 'force-stop'
  | 'restart'
  | 'force-restart'
  | 'pause'
  | 'unpause'
  | 'soft-reboot'
  | 'reset'
  | 'migrate'
  | 'snapshot'
  | 'clone'
  | 'export'
  | 'delete'
  | 'vnc'
  | 'console'
  | 'edit'

/** What a task waits for after its request was taken. */
export type Goal = 'running' | 'restarted' | 'paused' | 'unpaused' | 'stopped' | 'migrated' | 'deleted'

export interface ActionOptions {
  /** Of delete: disks made for the machine outlive it. */
  keepDisks?: boolean
  /** Of stop: seconds the guest gets; its own wish unless given. */
  gracePeriod?: number
}

export interface ActionSpec {
  id: ActionId
  kinds: readonly WorkloadKind[]
  /** The rule of api's `legality` that says whether the state allows it. */
  rule?: StateRule
  /** What it asks of the API; `opens` asks nothing by itself. */
  does: 'subresource' | 'creates' | 'delete' | 'opens'
  /** Of what makes an object about the machine, by itself or in its form: the kind of that. */
  creates?: { group: string; version: string; resource: string; kind: string }
  /** Of a subresource: which of a machine's two objects it belongs to, its name and what is sent with it. */
  subresource?: { parent: 'virtualmachines' | 'virtualmachineinstances'; name: string; body?: Record<string, number> }
  /** `interrupts`: the guest stops working for a while. `loses`: what it has not written is lost. `destroys`: can't be taken back. */
  danger: 'none' | 'interrupts' | 'loses' | 'destroys'
  /** For many at once. */
  bulk: boolean
  goal?: Goal
  /** The action that takes it back. */
  undo?: ActionId
}
