/** `berth vm delete`. */

import type { CommandSpec } from '../command.ts'
import { connectionOptions, session } from '../connection/options.ts'
import { waitOptions } from '../machines/actions.ts'

export const vmDelete: CommandSpec = {
  name: 'vm delete',
  summary: 'stop a VM and remove it with the disks made for it',
  description:
    "Disks from the VM's own dataVolumeTemplates go with it. Other claims and DataVolumes it used stay, and so do snapshots. It says which.",
  args: [{ name: 'NAME', summary: 'the VM', completion: 'machine' }],
  options: [
    { flags: '--keep-disks', summary: 'leave the disks made for it' },
    { flags: '--ignore-not-found', summary: 'succeed when there is no such VM' },
    ...waitOptions,
    ...connectionOptions,
  ],
  examples: ['vm delete web', 'vm delete web --keep-disks'],
  async run(input, context) {
    const [{ getMachine, getOrNothing }, { virtualMachines }] = await Promise.all([
      import('../machines/find.ts'),
      import('@berth/api'),
    ])
    const { client, namespace } = await session(input, context)
    const target = { namespace, name: input.arg(0) }
    const machine = input.flag('ignoreNotFound')
      ? await getOrNothing(client, virtualMachines, target)
      : await getMachine(client, target)
    if (machine === undefined) return context.terminal.stderr.write(`There is no VM "${target.name}".\n`)
    const { uid } = machine.metadata
    const { disksAtDeletion } = await import('../machines/disks-at-deletion.ts')
    for (const line of disksAtDeletion(machine, { keep: input.flag('keepDisks') }))
      context.terminal.stderr.write(`${line}\n`)
    if (input.flag('keepDisks')) {
      const { releaseDisks } = await import('../machines/release-disks.ts')
      await releaseDisks(client, machine)
    }
    await client.delete(virtualMachines, target, uid === undefined ? {} : { preconditions: { uid } })
    if (!input.flag('wait')) return context.terminal.stdout.write(`VM "${target.name}": delete requested\n`)
    const { waitForMachine } = await import('../machines/wait-for.ts')
    await waitForMachine(context, client, {
      target,
      goal: { state: 'deleted' },
      timeoutMs: input.duration('timeout') ?? 300_000,
      text: `Deleting VM "${target.name}"`,
      doneText: `VM "${target.name}" is deleted`,
    })
  },
}
