/** `berth template list|deploy`. */

import type { VirtualMachineTemplate } from '@berth/api'
import type { CommandSpec } from '../command.ts'
import { allNamespacesOption, connectionOptions, session } from '../connection/options.ts'
import type { Session } from '../context.ts'
import { waitOptions } from '../machines/actions.ts'
import { namedOutputOption, outputOf, outputOption } from '../output/print-objects.ts'

export const templateList: CommandSpec = {
  name: 'template list',
  summary: 'show the templates that VMs can be made from',
  description:
    'Those of the namespace and of the catalogue that the engine brings, or with -A those of all namespaces.',
  options: [allNamespacesOption, outputOption, ...connectionOptions],
  examples: ['template list', 'template list -o wide'],
  async run(input, context) {
    const [{ templateColumns, templatesFor }, { templates }, { printObjects }] = await Promise.all([
      import('../templates/find-template.ts'),
      import('@berth/api'),
      import('../output/print-objects.ts'),
    ])
    const { client, namespace } = await session(input, context)
    const found = await templatesFor(client, input.flag('allNamespaces') ? undefined : namespace)
    await printObjects(context, found, {
      format: outputOf(input),
      resource: templates,
      columns: templateColumns,
      whenEmpty: 'No templates.\n',
    })
  },
}

export const templateDeploy: CommandSpec = {
  name: 'template deploy',
  summary: 'make a VM from a template',
  description:
    'TEMPLATE is a name of `berth template list`, or NAMESPACE/NAME. Parameters that are not given have the value of the template, or one ' +
    'that is made for this VM; a password that was made is shown once.',
  args: [{ name: 'TEMPLATE', summary: 'the template', completion: 'template' }],
  options: [
    { flags: '--name NAME', summary: 'name of the new VM (parameter NAME)' },
    { flags: '-p, --param KEY=VALUE', summary: 'value of a parameter', repeatable: true },
    { flags: '--params', summary: 'only show which parameters there are' },
    { flags: '--dry-run WHERE', summary: 'only show what would be made', choices: ['server'] },
    namedOutputOption,
    ...waitOptions,
    ...connectionOptions,
  ],
  examples: [
    'template deploy tiny-guest --name hello',
    'template deploy debian-12 -p MEMORY=4Gi -p DISK_SIZE=40Gi',
    'template deploy debian-12 --params',
  ],
  async run(input, context) {
    const [{ findTemplate }, { deployTemplate, showParameters }] = await Promise.all([
      import('../templates/find-template.ts'),
      import('../templates/deploy.ts'),
    ])
    const opened: Session = await session(input, context)
    const template: VirtualMachineTemplate = await findTemplate(opened, input.arg(0))
    if (input.flag('params')) return showParameters(context, template)
    await deployTemplate({ template, opened, input, context })
  },
}
