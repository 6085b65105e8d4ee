/** `berth vm memory-dump`. */

import { virtualMachines, type VirtualMachine } from '@berth/api'
import { pathOf, type Client } from '@berth/kube'
import { quantityToBytes } from '@berth/meta'
import type { Settled } from '@berth/view'
import { session } from '../connection/options.ts'
import type { CommandContext } from '../context.ts'
import type { Input } from '../input.ts'
import { getInstance, getMachine } from '../machines/find.ts'
import { subresourceVersion, type MachineTarget } from '../machines/target.ts'
import { memoryOf } from '../machines/columns.ts'
import { ensureFilesClaim } from './files-claim.ts'
import { waitForObject } from './wait-for-object.ts'

/** What a dump takes beside the guest's memory, as KubeVirt reckons. */
const dumpOverheadBytes = 100 * 1024 * 1024

export async function memoryDump(input: Input, context: CommandContext): Promise<void> {
  const { client, namespace } = await session(input, context)
  const target = { namespace, name: input.arg(0) }
  const path = (subresource: string): string =>
    pathOf({ ...subresourceVersion, resource: 'virtualmachines' }, { ...target, subresource })
  if (input.flag('remove')) {
    await getMachine(client, target)
    await client.raw({ method: 'PUT', path: path('removememorydump'), body: {} })
    context.terminal.stdout.write(`VM "${target.name}" lets go of its memory dump; the claim and the file in it stay\n`)
    return
  }
  const instance = await getInstance(client, target)
  const { memoryDumpRequest: before } = (await getMachine(client, target)).status ?? {}
  const claim = input.text('claim') ?? before?.claimName ?? `${target.name}-memory-dump`
  await ensureFilesClaim(client, {
    namespace,
    claim,
    bytes: quantityToBytes(memoryOf(instance.spec.domain) ?? '0') + dumpOverheadBytes,
    className: input.text('class'),
  })
  await client.raw({ method: 'PUT', path: path('memorydump'), body: { claimName: claim } })
  if (!input.flag('wait')) return context.terminal.stdout.write(`Memory dump of VM "${target.name}" requested\n`)
  await waitForDump(context, client, {
    target,
    claim,
    timeoutMs: input.duration('timeout') ?? 600_000,
    begun: before?.startTimestamp,
  })
  context.terminal.stderr.write(
    context.spell(`next: berth disk download ${claim} --format tar.gz -o ${target.name}-memory.tar.gz\n`),
  )
}

async function waitForDump(
  context: CommandContext,
  client: Client,
  {
    target,
    claim,
    timeoutMs,
    begun,
  }: { target: MachineTarget; claim: string; timeoutMs: number; begun: string | null | undefined },
): Promise<void> {
  const judge = (machine: Readonly<VirtualMachine> | undefined): Settled => {
    const { phase, message, startTimestamp } = machine?.status?.memoryDumpRequest ?? {}
    if (machine === undefined) return { kind: 'hopeless', why: 'the VM was deleted meanwhile' }
    if (phase === 'Failed') return { kind: 'hopeless', why: message ?? 'the server does not say why' }
    // That of an earlier dump still shows for a moment.
    const old = begun !== undefined && startTimestamp === begun
    return phase === 'Completed' && !old ? { kind: 'reached' } : { kind: 'waiting', status: phase ?? 'Pending' }
  }
  await waitForObject(context, client, {
    resource: virtualMachines,
    target,
    text: `Writing the memory of VM "${target.name}"`,
    doneText: (machine) =>
      `The memory of VM "${target.name}" is in claim "${claim}" (${machine.status?.memoryDumpRequest?.fileName ?? 'one file'})`,
    timeoutMs,
    judge,
    remedy: `See \`berth vm why ${target.name}\`.`,
  })
}
