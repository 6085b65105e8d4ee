/** `berth disk list|create|resize|move|attach|detach|delete` and `berth storage list`. */

import type { CommandSpec } from '../command.ts'
import { allNamespacesOption, connectionOptions } from '../connection/options.ts'
import { waitOptions } from '../machines/actions.ts'
import { yesOption } from '../output/ask.ts'
import { outputOption } from '../output/print-objects.ts'
import { sourceOptions } from './source-options.ts'

const diskArgument = { name: 'NAME', summary: 'the disk', completion: 'disk' } as const
const machineArgument = { name: 'VM', summary: 'the VM', completion: 'machine' } as const

export const diskList: CommandSpec = {
  name: 'disk list',
  summary: 'show disks, how full they are, and which VM uses them',
  options: [allNamespacesOption, outputOption, ...connectionOptions],
  examples: ['disk list', 'disk list -A -o wide'],
  async run(input, context) {
    const { listDisks } = await import('../storage/list-storage.ts')
    await listDisks(input, context)
  },
}

export const diskCreate: CommandSpec = {
  name: 'disk create',
  summary: 'make a disk: an empty one, a copy, or from an address',
  args: [{ name: 'NAME', summary: 'name of the disk' }],
  options: [
    { flags: '--size SIZE', summary: 'like 20Gi; that of the disk it is a copy of unless given' },
    { flags: '--class NAME', summary: 'storage class (default: the default one)', completion: 'storageclass' },
    ...sourceOptions,
    { flags: '--no-wait', summary: 'return when the server has taken the request' },
    { flags: '--timeout DURATION', summary: 'how long to wait', default: '10m' },
    ...connectionOptions,
  ],
  examples: [
    'disk create data --size 20Gi',
    'disk create data-copy --from data',
    'disk create root --size 10Gi --url https://example.org/disk.qcow2',
  ],
  async run(input, context) {
    const { createDisk } = await import('../storage/change-disk.ts')
    await createDisk(input, context)
  },
}

export const diskResize: CommandSpec = {
  name: 'disk resize',
  summary: 'make a disk larger, also while its VM runs',
  args: [diskArgument, { name: 'SIZE', summary: 'the new size, like 40Gi, or +20Gi for so much more' }],
  options: [...waitOptions, ...connectionOptions],
  examples: ['disk resize data 40Gi', 'disk resize data +20Gi'],
  async run(input, context) {
    const { resizeDisk } = await import('../storage/change-disk.ts')
    await resizeDisk(input, context)
  },
}

export const diskMove: CommandSpec = {
  name: 'disk move',
  summary: "move a VM's disk to another storage class, also while the VM runs",
  description:
    'A disk of that class is made, and the VM goes over to it: while the VM runs, what the guest writes meanwhile is followed; one that is ' +
    'off gets a copy. The old disk stays as it was at that moment, until it is deleted. Called off with --cancel, the VM goes on with the old one.',
  args: [diskArgument],
  options: [
    { flags: '--class NAME', summary: 'storage class it goes to', completion: 'storageclass' },
    { flags: '--to NAME', summary: 'name of the new disk (default: the old one with a number)' },
    { flags: '--cancel', summary: 'end a move; what was copied so far can be deleted' },
    { flags: '--no-wait', summary: 'return when the server has taken the request' },
    { flags: '--timeout DURATION', summary: 'how long to wait; the move goes on all the same', default: '24h' },
    ...connectionOptions,
  ],
  examples: ['disk move root --class fast', 'disk move root --cancel'],
  async run(input, context) {
    const { moveDisk } = await import('../storage/move-disk.ts')
    await moveDisk(input, context)
  },
}

export const diskAttach: CommandSpec = {
  name: 'disk attach',
  summary: 'give a disk to a VM, also while it runs',
  args: [diskArgument, machineArgument],
  options: [
    { flags: '--bus BUS', summary: 'how the guest sees it (default: scsi)', choices: ['scsi', 'virtio', 'sata'] },
    { flags: '--cdrom', summary: 'as a CD-ROM' },
    { flags: '--read-only', summary: 'the guest may not write to it' },
    { flags: '--serial TEXT', summary: 'serial number the guest sees (default: the name)' },
    ...waitOptions,
    ...connectionOptions,
  ],
  examples: ['disk attach data web', 'disk attach data web --bus virtio'],
  async run(input, context) {
    const { attachDisk } = await import('../storage/plug-disk.ts')
    await attachDisk(input, context)
  },
}

export const diskDetach: CommandSpec = {
  name: 'disk detach',
  summary: 'take a disk out of a VM; its data stay',
  args: [diskArgument, machineArgument],
  options: [...waitOptions, ...connectionOptions],
  examples: ['disk detach data web'],
  async run(input, context) {
    const { detachDisk } = await import('../storage/plug-disk.ts')
    await detachDisk(input, context)
  },
}

export const diskDelete: CommandSpec = {
  name: 'disk delete',
  summary: 'delete a disk; it says what goes and what stays, and asks',
  args: [diskArgument],
  options: [yesOption, ...waitOptions, ...connectionOptions],
  examples: ['disk delete data', 'disk delete data --yes'],
  async run(input, context) {
    const { deleteDisk } = await import('../storage/change-disk.ts')
    await deleteDisk(input, context)
  },
}

export const storageList: CommandSpec = {
  name: 'storage list',
  summary: 'show where disks can lie, and how much room there is',
  description: 'PROMISED is what all disks of a class may grow to; of thin disks that may be more than there is.',
  options: [outputOption, ...connectionOptions],
  examples: ['storage list', 'storage list -o wide'],
  async run(input, context) {
    const { listClasses } = await import('../storage/list-storage.ts')
    await listClasses(input, context)
  },
}
