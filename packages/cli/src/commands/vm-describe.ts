/** `berth vm describe`. */

import type { CommandSpec } from '../command.ts'
import { connectionOptions, session } from '../connection/options.ts'
import { dataOutputOption } from '../output/print-objects.ts'

export const vmDescribe: CommandSpec = {
  name: 'vm describe',
  summary: 'show everything about a VM',
  args: [{ name: 'NAME', summary: 'the VM', completion: 'machine' }],
  options: [dataOutputOption, ...connectionOptions],
  examples: ['vm describe web', 'vm describe web -o yaml'],
  async run(input, context) {
    const [{ describeMachine }, { disksOf }, { findInstance, getMachine }, { printData }, { events }] =
      await Promise.all([
        import('../machines/describe.ts'),
        import('../machines/disks.ts'),
        import('../machines/find.ts'),
        import('../output/print-objects.ts'),
        import('@berth/kube'),
      ])
    const { client, namespace } = await session(input, context)
    const target = { namespace, name: input.arg(0) }
    const machine = await getMachine(client, target)
    const format = input.text('output')
    if (format === 'json' || format === 'yaml') return printData(context, machine, format)
    const [instance, disks, about] = await Promise.all([
      findInstance(client, target),
      disksOf(client, machine),
      client.list(events, { namespace, fieldSelector: `involvedObject.name=${target.name}` }),
    ])
    const kinds = new Set(['VirtualMachine', 'VirtualMachineInstance'])
    const relevant = about.items.filter(({ involvedObject }) => kinds.has(involvedObject.kind ?? ''))
    context.terminal.stdout.write(
      describeMachine({
        machine,
        instance,
        dataVolumes: disks,
        events: relevant,
        nowMs: context.clock.now().getTime(),
      }),
    )
  },
}
