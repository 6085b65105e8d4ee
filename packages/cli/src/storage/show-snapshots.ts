/** `berth snapshot list|show|tree|delete`. */

import { snapshotTree, type SnapshotRow } from '@berth/view'
import { session } from '../connection/options.ts'
import type { CommandContext } from '../context.ts'
import { CliError } from '../failure.ts'
import { formatBytes } from '../images/format-bytes.ts'
import type { Input } from '../input.ts'
import { ageOf } from '../machines/columns.ts'
import { getMachine } from '../machines/find.ts'
import { confirm } from '../output/ask.ts'
import { outputOf, printData, printObjects } from '../output/print-objects.ts'
import { renderFields } from '../output/table.ts'
import { printable } from '../terminal.ts'
import { snapshots } from './kinds.ts'
import { consistency, findSnapshots, snapshotColumns, statusText, type FoundSnapshot } from './snapshot-rows.ts'
import { waitForObject } from './wait-for-object.ts'

export async function listSnapshots(input: Input, context: CommandContext): Promise<void> {
  const { client, namespace } = await session(input, context)
  const allNamespaces = input.flag('allNamespaces')
  const machine = input.args[0]
  const found = await findSnapshots(client, {
    ...(allNamespaces ? {} : { namespace }),
    ...(machine === undefined ? {} : { machine }),
  })
  await printObjects(
    context,
    found.map(({ object }) => object),
    {
      format: outputOf(input),
      resource: snapshots,
      columns: snapshotColumns(found, { nowMs: context.clock.now().getTime(), allNamespaces }),
      whenEmpty: context.spell(
        machine === undefined
          ? `No snapshots${allNamespaces ? '' : ` in namespace "${namespace}"`}. Take one with \`berth vm snapshot VM\`.`
          : `No snapshots of VM "${machine}". Take one with \`berth vm snapshot ${machine}\`.`,
      ),
    },
  )
}

export async function showSnapshot(input: Input, context: CommandContext): Promise<void> {
  const { client, namespace } = await session(input, context)
  const { object, row } = await one(await findSnapshots(client, { namespace }), input.arg(0), namespace)
  const format = input.text('output')
  if (format === 'json' || format === 'yaml') return printData(context, object, format)
  if (format === 'name') return context.terminal.stdout.write(`${row.name}\n`)
  const nowMs = context.clock.now().getTime()
  const time = (ms: number): string =>
    `${new Date(ms).toISOString().slice(0, 19)}Z (${ageOf(new Date(ms).toISOString(), nowMs) ?? ''} ago)`
  context.terminal.stdout.write(
    renderFields([
      ['Name', row.name],
      ['VM', row.machine],
      ['Status', row.reason === undefined ? statusText(row) : `${statusText(row)}: ${row.reason}`],
      ['Taken', time(row.created)],
      ['Consistency', consistency(row)],
      ['Size', row.size === undefined ? undefined : `${formatBytes(row.size)} when restored`],
      ['Disks in it', row.included.join(', ')],
      ...(row.excluded.length === 0 ? [] : [['Left out', row.excluded.join(', ')] as const]),
      ...(row.policy === undefined ? [] : [['Policy', row.policy] as const]),
      ...(row.note === undefined ? [] : [['Note', row.note] as const]),
      ...(row.restored.length === 0 ? [] : [['Put back', row.restored.map(time).join(', ')] as const]),
    ]),
  )
}

export async function showTree(input: Input, context: CommandContext): Promise<void> {
  const { client, namespace } = await session(input, context)
  const machine = input.arg(0)
  const found = await findSnapshots(client, { namespace, machine })
  // A machine that is gone may have left snapshots.
  if (found.length === 0) await getMachine(client, { namespace, name: machine })
  const format = input.text('output')
  const lines = snapshotTree(found.map(({ row }) => row))
  if (format === 'json' || format === 'yaml') {
    const plain = lines.map(({ snapshot, depth, parent }) => ({
      snapshot: snapshot?.name ?? null,
      depth,
      parent: parent === undefined ? null : (found.find(({ row }) => row.key === parent)?.row.name ?? null),
    }))
    return printData(context, plain, format)
  }
  const nowMs = context.clock.now().getTime()
  const bars = branches(lines)
  const text = lines.map(
    ({ snapshot }, index) =>
      `${bars[index] ?? ''}${snapshot === undefined ? hereText(machine) : lineText(snapshot, nowMs)}\n`,
  )
  context.terminal.stdout.write(text.join(''))
}

/** What stands before each line: bars lead to what comes further down on the same level. */
function branches(lines: readonly { depth: number }[]): string[] {
  // From the last line up: the levels that still have a line below.
  const open: boolean[] = []
  return lines
    .toReversed()
    .map(({ depth }) => {
      open.length = depth + 1
      const bars = Array.from({ length: Math.max(0, depth - 1) }, (_, level) =>
        open[level + 1] === true ? '│  ' : '   ',
      )
      const text = depth === 0 ? '' : `${bars.join('')}${open[depth] === true ? '├─ ' : '└─ '}`
      open[depth] = true
      return text
    })
    .toReversed()
}

function hereText(machine: string): string {
  return `* VM "${machine}" as it is now`
}

function lineText(row: SnapshotRow, nowMs: number): string {
  const details = [
    `${ageOf(new Date(row.created).toISOString(), nowMs) ?? ''} ago`,
    row.size === undefined ? undefined : formatBytes(row.size),
    row.ready ? undefined : statusText(row),
    row.policy === undefined ? undefined : `by policy ${row.policy}`,
  ]
  return `${printable(row.name)} (${details.filter((detail) => detail !== undefined).join(', ')})`
}

export async function deleteSnapshots(input: Input, context: CommandContext): Promise<void> {
  const { client, namespace } = await session(input, context)
  const all = await findSnapshots(client, { namespace })
  const chosen: FoundSnapshot[] = []
  for (const name of input.args) chosen.push(await one(all, name, namespace))
  const names = chosen.map(({ row }) => `"${row.name}"`).join(', ')
  const machines = [...new Set(chosen.map(({ row }) => `"${row.machine}"`))].join(', ')
  const what = chosen.length === 1 ? `Snapshot ${names}` : `Snapshots ${names}`
  await confirm(input, context, {
    lines: [
      `${what} of VM ${machines} ${chosen.length === 1 ? 'goes' : 'go'}: nothing can be restored from there any more.`,
      'The VM, its disks and all other snapshots stay; a running VM goes on.',
    ],
    question: `Delete ${chosen.length === 1 ? 'it' : 'them'}?`,
  })
  for (const { row } of chosen) {
    const target = { namespace, name: row.name }
    await client.delete(snapshots, target, { preconditions: { uid: row.uid } })
    if (!input.flag('wait')) {
      context.terminal.stdout.write(`Snapshot "${row.name}": delete requested\n`)
      continue
    }
    await waitForObject(context, client, {
      resource: snapshots,
      target,
      text: `Deleting snapshot "${row.name}"`,
      doneText: `Snapshot "${row.name}" is deleted`,
      timeoutMs: input.duration('timeout') ?? 300_000,
      judge: (object) =>
        object === undefined || object.metadata.uid !== row.uid
          ? { kind: 'reached' }
          : { kind: 'waiting', status: object.status?.error?.message ?? 'Deleting' },
      remedy: `See \`berth snapshot show ${row.name}\`.`,
    })
  }
}

/** @throws {CliError} NotFound */
async function one(found: readonly FoundSnapshot[], name: string, namespace: string): Promise<FoundSnapshot> {
  const snapshot = found.find(({ row }) => row.name === name)
  if (snapshot !== undefined) return snapshot
  throw new CliError('NotFound', `there is no snapshot "${name}" in namespace "${namespace}"`, {
    remedy: 'See what there is with `berth snapshot list -A`.',
  })
}
