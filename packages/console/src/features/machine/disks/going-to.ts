/** Where a disk is on its way to. */

import { movingTo } from '@berth/view'
import type { LiveMachine } from '../use-machine.ts'
import type { DiskRow } from './disk-rows.ts'

/** The claim that the machine is to go over to, while it has not. */
export function goingTo({ machine, running, instance }: LiveMachine, { name }: DiskRow): string | undefined {
  return running && instance !== undefined ? movingTo(machine, instance, name)?.to : undefined
}
