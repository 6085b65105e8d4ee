/** `berth policy create|list|show|delete|suspend|resume`. */

import { snapshotPolicies, snapshotPolicyLabel, virtualMachines, type SnapshotPolicy } from '@berth/api'
import type { Client } from '@berth/kube'
import { unlessMissing } from '@berth/meta'
import { session } from '../connection/options.ts'
import type { CommandContext } from '../context.ts'
import { CliError } from '../failure.ts'
import type { Input } from '../input.ts'
import { ageOf } from '../machines/columns.ts'
import { getMachine } from '../machines/find.ts'
import { confirm } from '../output/ask.ts'
import { outputOf, printData, printObjects } from '../output/print-objects.ts'
import { renderFields, renderTable } from '../output/table.ts'
import { listIfShown, snapshots } from '../storage/kinds.ts'
import { keepText, policyColumns, stateText, untilText, whenText, windowText } from './policy-text.ts'
import { policyOf } from './policy-wish.ts'

export async function createPolicy(input: Input, context: CommandContext): Promise<void> {
  const { client, namespace } = await session(input, context)
  const name = input.arg(0)
  const machines = input.texts('vm')
  const policy = policyOf(input, { name, namespace })
  // All of them first: half a policy helps nobody.
  for (const machine of machines) await getMachine(client, { namespace, name: machine })
  const made = await client.create(snapshotPolicies, policy)
  for (const machine of machines) await choose(client, { namespace, name: machine }, name)
  context.terminal.stdout.write(`Policy "${name}" created: ${whenText(made.spec)}, keeps ${keepText(made.spec)}\n`)
  context.terminal.stderr.write(context.spell(`next: berth policy show ${name}\n`))
}

/** Writes the policy's name on a machine, beside those that are there. */
async function choose(client: Client, target: { namespace: string; name: string }, policy: string): Promise<void> {
  const { metadata } = await getMachine(client, target)
  const names = (metadata.annotations?.[snapshotPolicyLabel] ?? '').split(',').map((each) => each.trim())
  const wanted = [...new Set([...names.filter((each) => each !== ''), policy])].join(',')
  const patch = { metadata: { annotations: { [snapshotPolicyLabel]: wanted } } }
  await client.patch(virtualMachines, target, { type: 'merge', patch })
}

export async function listPolicies(input: Input, context: CommandContext): Promise<void> {
  const { client, namespace } = await session(input, context)
  const allNamespaces = input.flag('allNamespaces')
  const { items } = await client.list(snapshotPolicies, allNamespaces ? {} : { namespace })
  await printObjects(context, items, {
    format: outputOf(input),
    resource: snapshotPolicies,
    columns: policyColumns({ nowMs: context.clock.now().getTime(), allNamespaces }),
    whenEmpty: context.spell(
      `No snapshot policies${allNamespaces ? '' : ` in namespace "${namespace}"`}. Make one with \`berth policy create nightly --schedule "30 2 * * *" --keep 7 --all\`.`,
    ),
  })
}

export async function showPolicy(input: Input, context: CommandContext): Promise<void> {
  const { client, namespace } = await session(input, context)
  const policy = await getPolicy(client, { namespace, name: input.arg(0) })
  const format = input.text('output')
  if (format === 'json' || format === 'yaml') return printData(context, policy, format)
  if (format === 'name') return context.terminal.stdout.write(`${policy.metadata.name ?? ''}\n`)
  const { spec, status = {} } = policy
  const nowMs = context.clock.now().getTime()
  const last = ageOf(status.lastRun, nowMs)
  const { stdout } = context.terminal
  stdout.write(
    renderFields([
      ['Name', policy.metadata.name],
      ['State', stateText(policy)],
      ['When', whenText(spec)],
      ...(spec.window === undefined ? [] : [['Only', windowText(spec)] as const]),
      ['Keeps', keepText(spec)],
      ['Last run', last === undefined ? 'none yet' : `${last} ago`],
      ['Next run', untilText(policy, nowMs)],
      ['Result', status.conditions?.find(({ type }) => type === 'LastRunSucceeded')?.message],
    ]),
  )
  const { machines } = status
  if (machines === undefined) return
  if (machines.length === 0) return stdout.write('\nNo VM is chosen.\n')
  const rows = machines.map(({ name, result, kept, lastGoodTime, message }) => [
    name,
    result,
    String(kept ?? 0),
    lastGoodTime === undefined ? undefined : `${ageOf(lastGoodTime, nowMs) ?? ''} ago`,
    message,
  ])
  stdout.write(`\n${renderTable(['VM', 'LAST', 'KEPT', 'NEWEST', 'WHAT'], rows)}`)
}

export async function deletePolicy(input: Input, context: CommandContext): Promise<void> {
  const { client, namespace } = await session(input, context)
  const name = input.arg(0)
  const policy = await getPolicy(client, { namespace, name })
  const made = await listIfShown(client, snapshots, { namespace, labelSelector: `${snapshotPolicyLabel}=${name}` })
  const stay =
    made.length === 0
      ? 'It has made no snapshots.'
      : `${made.length === 1 ? 'The snapshot' : `The ${made.length} snapshots`} it made ${made.length === 1 ? 'stays' : 'stay'} until you delete ${made.length === 1 ? 'it' : 'them'} (\`berth snapshot list\`).`
  await confirm(input, context, {
    lines: [`Policy "${name}" goes: no more snapshots are taken by it, and none deleted.`, stay],
    question: `Delete policy "${name}"?`,
  })
  const { uid } = policy.metadata
  const target = { namespace, name }
  await client.delete(snapshotPolicies, target, uid === undefined ? {} : { preconditions: { uid } })
  context.terminal.stdout.write(`Policy "${name}" is deleted\n`)
}

export async function suspendPolicy(input: Input, context: CommandContext, suspend: boolean): Promise<void> {
  const { client, namespace } = await session(input, context)
  const target = { namespace, name: input.arg(0) }
  await getPolicy(client, target)
  await client.patch(snapshotPolicies, target, { type: 'merge', patch: { spec: { suspend } } })
  const words = suspend
    ? 'is suspended: it takes no snapshots, and goes on deleting those it no longer keeps'
    : 'goes on; what fell due meanwhile is not made up for'
  context.terminal.stdout.write(`Policy "${target.name}" ${words}\n`)
}

/** @throws {CliError} NotFound */
async function getPolicy(client: Client, target: { namespace: string; name: string }): Promise<SnapshotPolicy> {
  const found = await unlessMissing(client.get(snapshotPolicies, target))
  if (found !== undefined) return found
  throw new CliError('NotFound', `there is no snapshot policy "${target.name}" in namespace "${target.namespace}"`, {
    remedy:
      "See what there is with `berth policy list -A`. On a cluster Berth's kinds come with `berth controllers --install-crds`.",
  })
}
