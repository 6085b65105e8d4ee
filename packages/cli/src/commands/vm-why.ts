/** `berth vm why`. */

import type { CommandSpec } from '../command.ts'
import { connectionOptions, session } from '../connection/options.ts'
import { dataOutputOption } from '../output/print-objects.ts'

export const vmWhy: CommandSpec = {
  name: 'vm why',
  summary: 'say why a VM is not as it should be, and what to do',
  description:
    'Follows every reason to its end: from the VM over its volumes, claims, classes and images to nodes and the host. Reads with your rights; what you may not see is named.',
  args: [{ name: 'NAME', summary: 'the VM', completion: 'machine' }],
  options: [dataOutputOption, ...connectionOptions],
  examples: ['vm why web', 'vm why web -o json'],
  async run(input, context) {
    const [{ collectFacts, explain }, { noSuchMachine }, { whyText }, { printData }] = await Promise.all([
      import('@berth/api'),
      import('../machines/find.ts'),
      import('../machines/why-text.ts'),
      import('../output/print-objects.ts'),
    ])
    const { client, namespace } = await session(input, context)
    const target = { namespace, name: input.arg(0) }
    const facts = await collectFacts(client, target)
    if (facts === undefined) throw noSuchMachine(target)
    const explanation = explain(facts, context.clock.now())
    const format = input.text('output')
    if (format === 'json' || format === 'yaml') return printData(context, explanation, format)
    context.terminal.stdout.write(context.spell(whyText(explanation)))
  },
}
