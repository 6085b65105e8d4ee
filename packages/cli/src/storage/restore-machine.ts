/** `berth vm restore`: a machine back as it was, or a new one made from a snapshot. */

import { virtualMachines } from '@berth/api'
import type { Client } from '@berth/kube'
import { newRestore, type MachineSnapshotObject } from '@berth/view'
import { session } from '../connection/options.ts'
import type { CommandContext } from '../context.ts'
import { CliError } from '../failure.ts'
import type { Input } from '../input.ts'
import { startAndWait } from '../machines/start-and-wait.ts'
import { findInstance, getMachine, getOrNothing } from '../machines/find.ts'
import { ageOf } from '../machines/columns.ts'
import { confirm } from '../output/ask.ts'
import { restores, snapshots } from './kinds.ts'
import { stamped } from './names.ts'
import { waitForObject } from './wait-for-object.ts'

export async function restoreMachine(input: Input, context: CommandContext): Promise<void> {
  const { client, namespace } = await session(input, context)
  const machine = input.arg(0)
  const to = input.text('to')
  const snapshotName = input.text('snapshot')
  if (snapshotName === undefined) {
    throw new CliError('Usage', '--snapshot NAME is needed', {
      remedy: `See what there is with \`berth snapshot list ${machine}\`.`,
    })
  }
  const snapshot = await getSnapshot(client, { namespace, name: snapshotName, machine })
  const target = to ?? machine
  if (to === undefined) await prepareInPlace({ input, context, client, target: { namespace, name: machine }, snapshot })
  else if ((await getOrNothing(client, virtualMachines, { namespace, name: to })) !== undefined) {
    throw new CliError('Refused', `there is a VM "${to}" already`, { remedy: 'Choose another name with --to.' })
  }
  const name = stamped(`restore-${target}`, context.clock.now())
  await client.create(
    restores,
    newRestore({ namespace, snapshot: snapshotName, target, name, inPlace: to === undefined }),
  )
  if (!input.flag('wait')) return context.terminal.stdout.write(`Restore "${name}" requested\n`)
  const words =
    to === undefined
      ? {
          text: `Putting VM "${machine}" back to snapshot "${snapshotName}"`,
          done: `VM "${machine}" is as it was at snapshot "${snapshotName}"`,
        }
      : {
          text: `Making VM "${to}" from snapshot "${snapshotName}"`,
          done: `VM "${to}" is made from snapshot "${snapshotName}"; it is off`,
        }
  await waitForObject(context, client, {
    resource: restores,
    target: { namespace, name },
    text: words.text,
    doneText: words.done,
    timeoutMs: input.duration('timeout') ?? 600_000,
    remedy: `See \`kubectl describe vmrestore ${name} -n ${namespace}\`.`,
  })
  if (input.flag('start')) return startAndWait(input, context, client, { namespace, name: target })
  context.terminal.stderr.write(context.spell(`next: berth vm start ${target}\n`))
}

/** @throws {CliError} NotFound, Refused when it is of another machine or nothing can be made from it */
export async function getSnapshot(
  client: Client,
  { namespace, name, machine }: { namespace: string; name: string; machine?: string },
): Promise<MachineSnapshotObject> {
  const found = await getOrNothing(client, snapshots, { namespace, name })
  const remedy = `See what there is with \`berth snapshot list${machine === undefined ? '' : ` ${machine}`}\`.`
  if (found === undefined) {
    throw new CliError('NotFound', `there is no snapshot "${name}" in namespace "${namespace}"`, { remedy })
  }
  const source = found.spec?.source?.name ?? ''
  if (machine !== undefined && source !== machine) {
    throw new CliError('Refused', `snapshot "${name}" is of VM "${source}", not of "${machine}"`, { remedy })
  }
  if (found.status?.readyToUse !== true) {
    const why = found.status?.error?.message ?? found.status?.phase ?? 'it has only just been asked for'
    throw new CliError('Refused', `nothing can be made from snapshot "${name}": ${why}`, {
      remedy: `See \`berth snapshot show ${name}\`.`,
    })
  }
  return found
}

async function prepareInPlace({
  input,
  context,
  client,
  target,
  snapshot,
}: {
  input: Input
  context: CommandContext
  client: Client
  target: { namespace: string; name: string }
  snapshot: MachineSnapshotObject
}): Promise<void> {
  await getMachine(client, target)
  const running = (await findInstance(client, target)) !== undefined
  if (running && !input.flag('stop')) {
    throw new CliError('Refused', `VM "${target.name}" runs; its disks can be put back only while it is off`, {
      remedy: `Stop it with \`berth vm stop ${target.name}\`, or let the restore do it with --stop.`,
    })
  }
  const age = ageOf(snapshot.status?.creationTime ?? snapshot.metadata.creationTimestamp, context.clock.now().getTime())
  await confirm(input, context, {
    lines: [
      `VM "${target.name}" and its disks go back to how they were ${age ?? '?'} ago${running ? '; it is stopped for that' : ''}.`,
      `What was written since then is lost. To keep it, take a snapshot first: \`berth vm snapshot ${target.name}\`.`,
      'Snapshots stay, newer ones too.',
    ],
    question: `Put VM "${target.name}" back?`,
  })
}
