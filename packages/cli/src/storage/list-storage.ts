/** `berth disk list` and `berth storage list`. */

import { persistentVolumeClaims, type Client } from '@berth/kube'
import type { ClassRow, StorageClassObject } from '@berth/view'
import { session } from '../connection/options.ts'
import type { CommandContext } from '../context.ts'
import { formatBytes } from '../images/format-bytes.ts'
import type { Input } from '../input.ts'
import { outputOf, printObjects, type ObjectColumn } from '../output/print-objects.ts'
import { StatusError, type KubeObject } from '@berth/meta'
import { printable } from '../terminal.ts'
import { diskColumns, findDisks, troubleLines } from './disk-rows.ts'
import { findClasses } from './check-class.ts'
import { claims, classes } from './kinds.ts'

export async function listDisks(input: Input, context: CommandContext): Promise<void> {
  const { client, namespace } = await session(input, context)
  const allNamespaces = input.flag('allNamespaces')
  const found = await findDisks(client, allNamespaces ? {} : { namespace })
  const where = allNamespaces ? '' : ` in namespace "${namespace}"`
  await printObjects<KubeObject>(
    context,
    found.map(({ object }) => object),
    {
      format: outputOf(input),
      // DataVolumes without a claim are named as what they will be.
      resource: persistentVolumeClaims,
      columns: diskColumns(found, {
        nowMs: context.clock.now().getTime(),
        allNamespaces,
      }),
      whenEmpty: context.spell(`No disks${where}. Make one with \`berth disk create NAME --size 10Gi\`.`),
    },
  )
  if (outputOf(input) === undefined) {
    for (const line of troubleLines(found)) context.terminal.stderr.write(`${printable(line)}\n`)
  }
}

export async function listClasses(input: Input, context: CommandContext): Promise<void> {
  const { client } = await session(input, context)
  const [all, found] = await Promise.all([client.list(classes), findClasses(client)])
  const rows = new Map(
    all.items.flatMap((each) => {
      const row = found.find(({ name }) => name === each.metadata.name)
      return row === undefined ? [] : [[each, row] as const]
    }),
  )
  await printObjects(context, all.items, {
    format: outputOf(input),
    resource: classes,
    columns: columnsOf(rows, await mayListClaims(client)),
    whenEmpty: 'No storage classes.',
  })
  if (outputOf(input) === undefined) {
    for (const { name, reason } of rows.values())
      if (reason !== undefined) context.terminal.stderr.write(`${printable(`${name}: ${reason}`)}\n`)
  }
}

/** Who may not see the claims of all namespaces is told nothing of them, rather than that there are none. */
async function mayListClaims(client: Client): Promise<boolean> {
  try {
    await client.list(claims, { limit: 1 })
    return true
  } catch (error) {
    if (error instanceof StatusError && error.code === 'Forbidden') return false
    throw error
  }
}

function columnsOf(
  rows: ReadonlyMap<StorageClassObject, ClassRow>,
  countsClaims: boolean,
): ObjectColumn<StorageClassObject>[] {
  const shown = (text: string | undefined): string | undefined => (countsClaims ? text : undefined)
  const of =
    (tell: (row: ClassRow) => string | undefined) =>
    (object: StorageClassObject): string | undefined => {
      const row = rows.get(object)
      return row === undefined ? undefined : tell(row)
    }
  const bytes = (value: number | undefined): string | undefined =>
    value === undefined ? undefined : formatBytes(value)
  return [
    {
      heading: 'NAME',
      value: of(({ name, isDefault, isVirtDefault }) => (isDefault || isVirtDefault ? `${name} (default)` : name)),
    },
    { heading: 'FREE', value: of(({ free }) => bytes(free)) },
    { heading: 'TOTAL', value: of(({ total }) => bytes(total)) },
    {
      heading: 'PROMISED',
      value: of(({ provisioned, commitment }) =>
        shown(
          commitment === undefined
            ? formatBytes(provisioned)
            : `${formatBytes(provisioned)} (${Math.round(commitment * 100)}%)`,
        ),
      ),
    },
    { heading: 'DISKS', value: of(({ volumes }) => shown(String(volumes))) },
    { heading: 'GROWS', value: of(({ expandable }) => (expandable ? 'yes' : 'no')) },
    { heading: 'WHEN DELETED', value: of(({ reclaim }) => (reclaim === 'Retain' ? 'data stays' : 'data goes')) },
    { heading: 'PROVISIONER', wide: true, value: of(({ provisioner }) => provisioner) },
    { heading: 'BINDING', wide: true, value: of(({ binding }) => binding) },
    { heading: 'MODES', wide: true, value: of(({ modes }) => modes.join(', ')) },
    { heading: 'CLONES', wide: true, value: of(({ cloneStrategy }) => cloneStrategy) },
    { heading: 'SNAPSHOTS', wide: true, value: of(({ snapshotClass }) => snapshotClass) },
  ]
}
