/** What work on the disks of one machine needs of it. */

import type { Logger } from '@berth/base'
import { DriverError } from '../../driver.ts'
import type { DomainDisk } from '../../spec/disks.ts'
import type { DomainSpec } from '../../spec/domain.ts'
import type { QmpClient } from '../../qmp/client.ts'
import type { QmpArguments, QmpCommandName, QmpResult } from '../../qmp/commands.ts'
import type { DomainFolder } from '../folder.ts'
import type { Turns } from '../turns.ts'

export interface WorkedMachine {
  folder: DomainFolder
  uid: number | undefined
  logger: Logger
  /** Throws when there is no connection now. */
  qmp(this: void): QmpClient
  spec(this: void): DomainSpec
  setSpec(this: void, spec: DomainSpec): void
  /** Whether its process lives and this driver has not let go of it. */
  isHeld(this: void): boolean
  /** Disks as they may be, once work on them that has begun is done; on disk before the work begins. */
  changes(this: void): readonly DomainDisk[]
  keepChanges(this: void, changes: DomainDisk[]): Promise<void>
  turns: Turns
}

const pauseMs = 100

/** Questions that change nothing are asked again when the connection is lost while QEMU lives. */
export async function ask<Name extends QmpCommandName>(
  machine: WorkedMachine,
  name: Name,
  ...args: QmpArguments<Name> extends undefined ? [] : [QmpArguments<Name>]
): Promise<QmpResult<Name>> {
  for (;;) {
    needHeld(machine)
    try {
      return await machine.qmp().execute(name, ...args)
    } catch (error) {
      if (!(error instanceof DriverError) || error.code === 'Refused') throw error
      await new Promise((resolve) => setTimeout(resolve, pauseMs))
    }
  }
}

/** @throws {DriverError} WrongState when QEMU has ended in the middle, or another driver will go on */
export function needHeld({ isHeld, spec }: WorkedMachine): void {
  if (!isHeld()) throw new DriverError('WrongState', `${spec().id} ended while its disks were worked on`)
}
