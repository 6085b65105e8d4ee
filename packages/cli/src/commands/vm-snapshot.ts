/** `berth vm snapshot|restore|clone|memory-dump`. */

import type { CommandSpec } from '../command.ts'
import { connectionOptions } from '../connection/options.ts'
import { waitOptions } from '../machines/actions.ts'
import { yesOption } from '../output/ask.ts'

const nameArgument = { name: 'NAME', summary: 'the VM', completion: 'machine' } as const

const longWaitOptions = [
  { flags: '--no-wait', summary: 'return when the server has taken the request' },
  { flags: '--timeout DURATION', summary: 'how long to wait', default: '10m' },
]

export const vmSnapshot: CommandSpec = {
  name: 'vm snapshot',
  summary: 'keep a VM and its disks as they are now',
  description:
    'Works on running VMs: with a guest agent the guest holds still for a moment, without one the disks are as after a power cut. All disks ' +
    'are of one instant.',
  args: [nameArgument, { name: 'SNAPSHOT', summary: 'name of the snapshot (default: VM and time)', optional: true }],
  options: [
    { flags: '--note TEXT', summary: 'what it is for' },
    { flags: '--deadline DURATION', summary: 'give up when it takes longer (default: 5m)' },
    ...waitOptions,
    ...connectionOptions,
  ],
  examples: ['vm snapshot web', 'vm snapshot web before-upgrade --note "before the upgrade to 13"'],
  async run(input, context) {
    const { takeSnapshot } = await import('../storage/take-snapshot.ts')
    await takeSnapshot(input, context)
  },
}

export const vmRestore: CommandSpec = {
  name: 'vm restore',
  summary: 'put a VM back to a snapshot, or make a new VM from it',
  description:
    'What was written since the snapshot is lost, so it asks. With --to the VM stays as it is and a new one is made.',
  args: [nameArgument],
  options: [
    { flags: '--snapshot NAME', summary: 'the snapshot', completion: 'snapshot' },
    { flags: '--to NAME', summary: 'make a new VM of this name instead' },
    { flags: '--stop', summary: 'stop the VM first where it runs' },
    { flags: '--start', summary: 'start the VM afterwards' },
    yesOption,
    ...longWaitOptions,
    ...connectionOptions,
  ],
  examples: [
    'vm restore web --snapshot before-upgrade',
    'vm restore web --snapshot before-upgrade --to web-old --start',
  ],
  async run(input, context) {
    const { restoreMachine } = await import('../storage/restore-machine.ts')
    await restoreMachine(input, context)
  },
}

export const vmClone: CommandSpec = {
  name: 'vm clone',
  summary: 'make a copy of a VM with disks and addresses of its own',
  description: 'The VM may run meanwhile. The copy is off until it is started.',
  args: [nameArgument, { name: 'NEW', summary: 'name of the copy' }],
  options: [
    { flags: '--snapshot NAME', summary: 'copy it as it was at this snapshot', completion: 'snapshot' },
    {
      flags: '--mac INTERFACE=ADDRESS',
      summary: 'this address instead of a fresh one; may be given again',
      repeatable: true,
    },
    { flags: '--start', summary: 'start the copy' },
    ...longWaitOptions,
    ...connectionOptions,
  ],
  examples: ['vm clone web web-test --start', 'vm clone web web-old --snapshot before-upgrade'],
  async run(input, context) {
    const { cloneMachine } = await import('../storage/clone-machine.ts')
    await cloneMachine(input, context)
  },
}

export const vmMemoryDump: CommandSpec = {
  name: 'vm memory-dump',
  summary: 'write the memory of a running VM into a claim, to look for faults',
  description: 'The file is for tools such as crash and gdb. `berth disk download` fetches it.',
  args: [nameArgument],
  options: [
    {
      flags: '--claim NAME',
      summary: 'the claim it is written to; made where it is missing (default: VM-memory-dump)',
    },
    { flags: '--class NAME', summary: 'storage class of a claim that is made', completion: 'storageclass' },
    { flags: '--remove', summary: 'let go of an earlier dump; its file stays' },
    ...longWaitOptions,
    ...connectionOptions,
  ],
  examples: ['vm memory-dump web', 'vm memory-dump web --remove'],
  async run(input, context) {
    const { memoryDump } = await import('../storage/memory-dump.ts')
    await memoryDump(input, context)
  },
}
