/** `berth vm backup`: the disks of a running machine into files on a claim. */

import {
  backedUpVolumes,
  claimNames,
  virtualMachineBackups,
  virtualMachineBackupTrackers,
  type VirtualMachine,
  type VirtualMachineBackup,
} from '@berth/api'
import type { Client } from '@berth/kube'
import { quantityToBytes } from '@berth/meta'
import { session } from '../connection/options.ts'
import type { CommandContext } from '../context.ts'
import { CliError } from '../failure.ts'
import { formatBytes } from '../images/format-bytes.ts'
import type { Input } from '../input.ts'
import { getInstance, getMachine, getOrNothing } from '../machines/find.ts'
import type { MachineTarget } from '../machines/target.ts'
import { ensureFilesClaim } from './files-claim.ts'
import { claims } from './kinds.ts'
import { warningOf } from './backup-rows.ts'
import { stamped } from './names.ts'
import { countWrites, isCounted } from './count-writes.ts'
import { printable } from '../terminal.ts'
import { bytesOf } from './size.ts'
import { waitForObject } from './wait-for-object.ts'

export async function backUp(input: Input, context: CommandContext): Promise<void> {
  const { client, namespace } = await session(input, context)
  const machine = input.arg(0)
  const target = { namespace, name: machine }
  const name = input.args[1] ?? stamped(machine, context.clock.now())
  const size = input.text('size')
  const room = size === undefined ? undefined : bytesOf(size)
  const instance = await getInstance(client, target)
  const found = await getMachine(client, target)
  if (backedUpVolumes(instance.spec).length === 0) {
    throw new CliError('Refused', `VM "${machine}" has no disk that lasts, so there is nothing to back up`, {
      remedy: `Give it one: \`berth disk create NAME --size 10Gi\`, then \`berth disk attach NAME ${machine}\`.`,
    })
  }
  if (!isCounted(found)) {
    if (!input.flag('enable')) throw notCounted(found)
    await countWrites(client, context, found)
  }
  const claim = input.text('to') ?? `${machine}-backups`
  // Room for a full copy and what comes after it.
  const bytes = room ?? (await sizeOfDisks(client, target, claimNames(instance.spec))) * 2
  if (await ensureFilesClaim(client, { namespace, claim, bytes, className: input.text('class') })) {
    context.terminal.stderr.write(`Claim "${claim}" is made, with room for ${formatBytes(bytes)}\n`)
  }
  const incremental = input.flag('incremental')
  const tracker = incremental ? await ensureTracker(client, target, input.text('tracker') ?? machine) : undefined
  await client.create(virtualMachineBackups, {
    apiVersion: 'backup.kubevirt.io/v1alpha1',
    kind: 'VirtualMachineBackup',
    metadata: { name, namespace },
    spec: {
      source:
        tracker === undefined
          ? { apiGroup: 'kubevirt.io', kind: 'VirtualMachine', name: machine }
          : { apiGroup: 'backup.kubevirt.io', kind: 'VirtualMachineBackupTracker', name: tracker },
      mode: 'Push',
      pvcName: claim,
      ...(input.flag('freeze') ? {} : { skipQuiesce: true }),
      ...(input.flag('full') ? { forceFullBackup: true } : {}),
    },
  })
  if (!input.flag('wait')) return context.terminal.stdout.write(`Backup "${name}" of VM "${machine}" requested\n`)
  const done = await waitForObject(context, client, {
    resource: virtualMachineBackups,
    target: { namespace, name },
    text: `Backing up VM "${machine}" to claim "${claim}"`,
    doneText: (backup) => doneText(backup, { machine, claim, incremental }),
    timeoutMs: input.duration('timeout') ?? 3_600_000,
    remedy: `See \`berth vm backups ${machine}\`.`,
  })
  const warning = done === undefined ? undefined : warningOf(done)
  if (warning !== undefined) context.terminal.stderr.write(`warning: ${printable(warning)}\n`)
  context.terminal.stderr.write(
    context.spell(`next: berth disk download ${claim} --format tar.gz -o ${machine}-backups.tar.gz\n`),
  )
}

function notCounted({ metadata, status }: Readonly<VirtualMachine>): CliError {
  const name = metadata.name ?? ''
  const state = status?.changedBlockTracking?.state ?? ''
  if (state === 'PendingRestart') {
    return new CliError('Refused', `what is written to the disks of VM "${name}" is counted after a restart only`, {
      remedy: `Restart it with \`berth vm restart ${name}\`, then try again.`,
    })
  }
  return new CliError('Refused', `backups of VM "${name}" are not switched on: what is written to it is not counted`, {
    remedy: `An administrator switches them on: \`berth vm backup ${name} --enable\`.`,
  })
}

async function sizeOfDisks(client: Client, { namespace }: MachineTarget, names: readonly string[]): Promise<number> {
  const found = await Promise.all(names.map((name) => getOrNothing(client, claims, { namespace, name })))
  return found.reduce((sum, claim) => {
    const size = claim?.status?.capacity?.['storage'] ?? claim?.spec.resources?.requests?.['storage'] ?? '0'
    return sum + quantityToBytes(size)
  }, 0)
}

/** @returns its name. @throws {CliError} Refused when it is that of another machine */
async function ensureTracker(client: Client, { namespace, name }: MachineTarget, tracker: string): Promise<string> {
  const there = await getOrNothing(client, virtualMachineBackupTrackers, { namespace, name: tracker })
  if (there === undefined) {
    await client.create(virtualMachineBackupTrackers, {
      apiVersion: 'backup.kubevirt.io/v1alpha1',
      kind: 'VirtualMachineBackupTracker',
      metadata: { name: tracker, namespace },
      spec: { source: { apiGroup: 'kubevirt.io', kind: 'VirtualMachine', name } },
    })
  } else if (there.spec.source.name !== name) {
    throw new CliError('Refused', `tracker "${tracker}" is of VM "${there.spec.source.name}"`, {
      remedy: `Give another name with --tracker; it is made where it is missing.`,
    })
  }
  return tracker
}

function doneText(
  { metadata, status }: Readonly<VirtualMachineBackup>,
  { machine, claim, incremental }: { machine: string; claim: string; incremental: boolean },
): string {
  const kind =
    status?.type === 'Incremental'
      ? 'what was written since the one before'
      : incremental
        ? 'a full one, the base of those that follow'
        : 'a full one'
  return `Backup "${metadata.name ?? ''}" of VM "${machine}" is in claim "${claim}" (${kind})`
}
