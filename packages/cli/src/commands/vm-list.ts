/** `berth vm list`. */

import type { CommandSpec } from '../command.ts'
import { allNamespacesOption, connectionOptions, session } from '../connection/options.ts'
import { outputOf, outputOption } from '../output/print-objects.ts'

export const vmList: CommandSpec = {
  name: 'vm list',
  summary: 'show VMs',
  options: [
    { flags: '-l, --selector LABELS', summary: 'only VMs with these labels, as app=web,tier!=db' },
    allNamespacesOption,
    outputOption,
    ...connectionOptions,
  ],
  examples: ['vm list', 'vm list -A -o wide', 'vm list -l app=web -o name'],
  async run(input, context) {
    const [{ machineColumns }, { isStandalone, virtualMachineInstances, virtualMachines }, { printObjects }] =
      await Promise.all([import('../machines/columns.ts'), import('@berth/api'), import('../output/print-objects.ts')])
    const { client, namespace } = await session(input, context)
    const allNamespaces = input.flag('allNamespaces')
    const where = allNamespaces ? {} : { namespace }
    const labelSelector = input.text('selector')
    // Both by the same labels would miss instances whose template has others than their machine.
    const [found, running] = await Promise.all([
      client.list(virtualMachines, { ...where, ...(labelSelector === undefined ? {} : { labelSelector }) }),
      client.list(virtualMachineInstances, where),
    ])
    const format = outputOf(input)
    await printObjects(context, found.items, {
      format,
      resource: virtualMachines,
      columns: machineColumns({ instances: running.items, nowMs: context.clock.now().getTime(), allNamespaces }),
      whenEmpty: context.spell(nothingFound({ labelSelector, namespace: allNamespaces ? undefined : namespace })),
    })
    const alone = running.items.filter(isStandalone).length
    if (alone > 0 && labelSelector === undefined && (format === undefined || format === 'wide')) {
      const all = allNamespaces ? '-A' : `-n ${namespace}`
      const what = alone === 1 ? 'one instance' : `${alone} instances`
      context.terminal.stderr.write(`Not in this table: ${what} without a VM (\`kubectl get vmi ${all}\`).\n`)
    }
  },
}

/** @param sought.namespace undefined when all were searched */
function nothingFound(sought: { labelSelector: string | undefined; namespace: string | undefined }): string {
  const { labelSelector, namespace } = sought
  const where = namespace === undefined ? '' : ` in namespace "${namespace}"`
  // There may be others, so nothing is said about making one.
  if (labelSelector !== undefined)
    return `No VMs${where} with the labels ${labelSelector}.${namespace === undefined ? '' : ' Look everywhere with -A.'}`
  return namespace === undefined
    ? 'No VMs. Make one with `berth vm create NAME`.'
    : `No VMs${where}. Look everywhere with -A, or make one with \`berth vm create NAME\`.`
}
