/** `berth snapshot list|show|tree|delete`. */

import type { CommandSpec } from '../command.ts'
import { allNamespacesOption, connectionOptions } from '../connection/options.ts'
import { waitOptions } from '../machines/actions.ts'
import { yesOption } from '../output/ask.ts'
import { dataOutputOption, namedOutputOption, outputOption } from '../output/print-objects.ts'

const snapshotArgument = { name: 'NAME', summary: 'the snapshot', completion: 'snapshot' } as const

export const snapshotList: CommandSpec = {
  name: 'snapshot list',
  summary: 'show snapshots of VMs',
  args: [{ name: 'VM', summary: 'only those of this VM', optional: true, completion: 'machine' }],
  options: [allNamespacesOption, outputOption, ...connectionOptions],
  examples: ['snapshot list', 'snapshot list web -o wide'],
  async run(input, context) {
    const { listSnapshots } = await import('../storage/show-snapshots.ts')
    await listSnapshots(input, context)
  },
}

export const snapshotShow: CommandSpec = {
  name: 'snapshot show',
  summary: 'show what a snapshot holds and how far it can be trusted',
  args: [snapshotArgument],
  options: [namedOutputOption, ...connectionOptions],
  examples: ['snapshot show before-upgrade'],
  async run(input, context) {
    const { showSnapshot } = await import('../storage/show-snapshots.ts')
    await showSnapshot(input, context)
  },
}

export const snapshotTree: CommandSpec = {
  name: 'snapshot tree',
  summary: 'show which snapshots of a VM follow on which, and where the VM is',
  args: [{ name: 'VM', summary: 'the VM', completion: 'machine' }],
  options: [dataOutputOption, ...connectionOptions],
  examples: ['snapshot tree web'],
  async run(input, context) {
    const { showTree } = await import('../storage/show-snapshots.ts')
    await showTree(input, context)
  },
}

export const snapshotDelete: CommandSpec = {
  name: 'snapshot delete',
  summary: 'delete snapshots; VMs and their disks stay',
  args: [{ ...snapshotArgument, variadic: true }],
  options: [yesOption, ...waitOptions, ...connectionOptions],
  examples: ['snapshot delete before-upgrade', 'snapshot delete a b --yes'],
  async run(input, context) {
    const { deleteSnapshots } = await import('../storage/show-snapshots.ts')
    await deleteSnapshots(input, context)
  },
}
