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
    const [{ describeMachine }, { disksOf }, { getMachineOrInstance }, { printData }, { events }, { expandedSpec }] =
      await Promise.all([
        import('../machines/describe.ts'),
        import('../machines/disks.ts'),
        import('../machines/find.ts'),
        import('../output/print-objects.ts'),
        import('@berth/kube'),
        import('../machines/expanded-spec.ts'),
      ])
    const { client, namespace } = await session(input, context)
    const target = { namespace, name: input.arg(0) }
    const { machine, instance, standalone } = await getMachineOrInstance(client, target)
    const format = input.text('output')
    if (format === 'json' || format === 'yaml')
      return printData(context, standalone && instance !== undefined ? instance : machine, format)
    const [spec, disks, about] = await Promise.all([
      expandedSpec(client, machine, instance),
      disksOf(client, machine),
      client.list(events, { namespace, fieldSelector: `involvedObject.name=${target.name}` }),
    ])
    const kinds = new Set(['VirtualMachine', 'VirtualMachineInstance'])
    const relevant = about.items.filter(({ involvedObject }) => kinds.has(involvedObject.kind ?? ''))
    context.terminal.stdout.write(
      describeMachine({
        machine,
        instance,
        standalone,
        spec,
        dataVolumes: disks,
        events: relevant,
        nowMs: context.clock.now().getTime(),
      }),
    )
  },
}
