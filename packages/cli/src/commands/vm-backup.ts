/** `berth vm backup` and `berth vm backups`. */

import type { CommandSpec } from '../command.ts'
import { allNamespacesOption, connectionOptions } from '../connection/options.ts'
import { outputOption } from '../output/print-objects.ts'

export const vmBackup: CommandSpec = {
  name: 'vm backup',
  summary: 'copy the disks of a running VM into files on a claim',
  description:
    'All disks at one instant, while the guest goes on. With --incremental only what was written since the last such backup is copied; ' +
    'the first one is full. The files are qcow2; docs/backups.md says how they become disks again.',
  args: [
    { name: 'NAME', summary: 'the VM', completion: 'machine' },
    { name: 'BACKUP', summary: 'name of the backup (default: VM and time)', optional: true },
  ],
  options: [
    { flags: '--to CLAIM', summary: 'where the files go; made where it is missing (default: VM-backups)' },
    { flags: '--size SIZE', summary: 'of a claim that is made (default: twice that of the disks)' },
    { flags: '--class NAME', summary: 'storage class of a claim that is made', completion: 'storageclass' },
    { flags: '--incremental', summary: 'copy what was written since the last one with this option' },
    { flags: '--full', summary: 'with --incremental: copy everything once more, as a new base' },
    {
      flags: '--tracker NAME',
      summary: 'with --incremental: what remembers the last one (default: the name of the VM)',
    },
    { flags: '--enable', summary: 'switch backups of this VM on first; needs an administrator' },
    { flags: '--no-freeze', summary: 'do not have a guest with an agent hold still' },
    { flags: '--no-wait', summary: 'return when the server has taken the request' },
    { flags: '--timeout DURATION', summary: 'how long to wait', default: '1h' },
    ...connectionOptions,
  ],
  examples: [
    'vm backup web --enable',
    'vm backup web --incremental',
    'vm backup web monday --incremental --to backups',
  ],
  async run(input, context) {
    const { backUp } = await import('../storage/back-up.ts')
    await backUp(input, context)
  },
}

export const vmBackups: CommandSpec = {
  name: 'vm backups',
  summary: 'show backups of VMs',
  args: [{ name: 'VM', summary: 'only those of this VM', optional: true, completion: 'machine' }],
  options: [allNamespacesOption, outputOption, ...connectionOptions],
  examples: ['vm backups', 'vm backups web -o wide'],
  async run(input, context) {
    const { listBackups } = await import('../storage/backup-rows.ts')
    await listBackups(input, context)
  },
}
