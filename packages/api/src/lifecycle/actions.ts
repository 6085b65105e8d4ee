/** Which action is legal in which state, and why not: asked by the server, the command line and the console alike. */

import { StatusError } from '@berth/meta'
import type { VirtualMachineInstance } from '../types/instance.ts'
import type { VirtualMachine } from '../types/machine.ts'
import {
  checkConsole,
  checkFreeze,
  checkGuestQuery,
  checkPause,
  checkPortForward,
  checkReset,
  checkSoftReboot,
  checkUnfreeze,
  checkUnpause,
  checkVnc,
  requireInstance,
} from './instance.ts'
import { checkMigrate, planRestart, planStart, planStop } from './machine.ts'

type Check = (machine: VirtualMachine, instance: VirtualMachineInstance | undefined) => void

const onInstance =
  (check: (instance: VirtualMachineInstance, machine: VirtualMachine) => void): Check =>
  (machine, instance) =>
    check(requireInstance(machine, instance), machine)

const checks = {
  start: (machine, instance) => planStart(machine, instance),
  stop: (machine, instance) => planStop(machine, instance),
  restart: (machine, instance) => planRestart(machine, instance),
  migrate: (machine, instance) => checkMigrate(machine, instance),
  pause: onInstance(checkPause),
  unpause: onInstance(checkUnpause),
  reset: onInstance(checkReset),
  freeze: onInstance(checkFreeze),
  unfreeze: onInstance(checkUnfreeze),
  softreboot: onInstance(checkSoftReboot),
  console: onInstance(checkConsole),
  vnc: onInstance(checkVnc),
  portforward: onInstance(checkPortForward),
  guestosinfo: onInstance(checkGuestQuery),
} satisfies Record<string, Check>

export type Action = keyof typeof checks
export const actions = Object.keys(checks) as Action[]

export type Legality = { allowed: true } | { allowed: false; why: string }

/** Whether the action would be accepted now. The words are those the server would refuse with, without what names the object. */
export function legality(
  action: Action,
  machine: VirtualMachine,
  instance: VirtualMachineInstance | undefined,
): Legality {
  if (machine.metadata.deletionTimestamp !== undefined && action === 'start') {
    return { allowed: false, why: 'VM is being deleted' }
  }
  try {
    checks[action](machine, instance)
    return { allowed: true }
  } catch (error) {
    if (!(error instanceof StatusError)) throw error
    return {
      allowed: false,
      why: error.message.replace(/^(Operation cannot be fulfilled on \S+ "[^"]*"|Internal error occurred): /, ''),
    }
  }
}
