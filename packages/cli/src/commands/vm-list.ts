/** `berth vm list`. */

import type { CommandSpec } from '../command.ts'
import { allNamespacesOption, connectionOptions, session } from '../connection/options.ts'
import { outputOf, outputOption } from '../output/print-objects.ts'

export const vmList: CommandSpec = {
  name: 'vm list',
  summary: 'show VMs, all or those that a query matches',
  description:
    "A query is the text of the console's search box: words are parts of names, `field:value,other` asks for one of the values, `memory>=8GiB` and `age<2h` compare, `-` in front turns a term round, `*` stands for anything. Fields: name, status, node, os, address, cpus, memory, storage, instancetype, age, network, storageclass, has, restart, deleting, label.",
  args: [{ name: 'QUERY', summary: 'as "status:Running memory>=2GiB web-"', optional: true, variadic: true }],
  options: [
    { flags: '-l, --selector LABELS', summary: 'only VMs with these labels, as app=web,tier!=db' },
    allNamespacesOption,
    outputOption,
    ...connectionOptions,
  ],
  examples: [
    'vm list',
    'vm list -A -o wide',
    'vm list "status:Running os:debian web-"',
    'vm list -A -- -status:Running',
    'vm list -l app=web -o name',
  ],
  async run(input, context) {
    const [{ machineColumns }, { isStandalone, virtualMachineInstances, virtualMachines }, { printObjects }] =
      await Promise.all([import('../machines/columns.ts'), import('@berth/api'), import('../output/print-objects.ts')])
    const text = input.args.join(' ').trim()
    const querying = text === '' ? undefined : await import('../machines/query-machines.ts')
    const query = querying?.readQuery(text)
    const { client, namespace } = await session(input, context)
    const allNamespaces = input.flag('allNamespaces')
    const where = allNamespaces ? {} : { namespace }
    const labelSelector = input.text('selector')
    // Both by the same labels would miss instances whose template has others than their machine.
    const [found, running] = await Promise.all([
      client.list(virtualMachines, { ...where, ...(labelSelector === undefined ? {} : { labelSelector }) }),
      client.list(virtualMachineInstances, where),
    ])
    const now = context.clock.now()
    const machines =
      querying === undefined || query === undefined
        ? found.items
        : await querying.matchingMachines(found.items, {
            query,
            instances: running.items,
            client,
            namespace: allNamespaces ? undefined : namespace,
            now,
          })
    const format = outputOf(input)
    await printObjects(context, machines, {
      format,
      resource: virtualMachines,
      columns: machineColumns({ instances: running.items, nowMs: now.getTime(), allNamespaces }),
      whenEmpty: context.spell(
        nothingFound({ labelSelector, query: text, namespace: allNamespaces ? undefined : namespace }),
      ),
    })
    const alone = running.items.filter(isStandalone).length
    if (
      alone > 0 &&
      labelSelector === undefined &&
      query === undefined &&
      (format === undefined || format === 'wide')
    ) {
      const all = allNamespaces ? '-A' : `-n ${namespace}`
      const what = alone === 1 ? 'one instance' : `${alone} instances`
      context.terminal.stderr.write(`Not in this table: ${what} without a VM (\`kubectl get vmi ${all}\`).\n`)
    }
  },
}

/** @param sought.namespace undefined when all were searched */
function nothingFound(sought: {
  labelSelector: string | undefined
  query: string
  namespace: string | undefined
}): string {
  const { labelSelector, query, namespace } = sought
  const where = namespace === undefined ? '' : ` in namespace "${namespace}"`
  // There may be others, so nothing is said about making one.
  if (query !== '') return `No VMs${where} match ${query}.${namespace === undefined ? '' : ' Look everywhere with -A.'}`
  if (labelSelector !== undefined)
    return `No VMs${where} with the labels ${labelSelector}.${namespace === undefined ? '' : ' Look everywhere with -A.'}`
  return namespace === undefined
    ? 'No VMs. Make one with `berth vm create NAME`.'
    : `No VMs${where}. Look everywhere with -A, or make one with \`berth vm create NAME\`.`
}
