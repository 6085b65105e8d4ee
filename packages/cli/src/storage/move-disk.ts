/** `berth disk move`: a VM's disk goes to another storage class, while the VM runs or is off. */

import {
  dataVolumes,
  virtualMachineInstances,
  virtualMachines,
  type VirtualMachine,
  type VirtualMachineInstance,
} from '@berth/api'
import type { Client } from '@berth/kube'
import { StatusError, unlessMissing } from '@berth/meta'
import {
  diskToMoveTo,
  draftObject,
  judgeMove,
  moveSaid,
  movingTo,
  nextDiskName,
  withDiskMoved,
  withDiskOn,
  type Draft,
} from '@berth/view'
import { session } from '../connection/options.ts'
import type { CommandContext } from '../context.ts'
import { CliError } from '../failure.ts'
import type { Input } from '../input.ts'
import { findInstance, getMachine, getOrNothing } from '../machines/find.ts'
import type { MachineTarget } from '../machines/target.ts'
import { waitForDisk } from './change-disk.ts'
import { checkClass } from './check-class.ts'
import { findDisk, type FoundDisk } from './disk-rows.ts'
import { waitForObject, type Wait } from './wait-for-object.ts'

/** Large disks take long, and the move goes on without being watched. */
const defaultTimeoutMs = 24 * 3600_000

export async function moveDisk(input: Input, context: CommandContext): Promise<void> {
  const { client, namespace } = await session(input, context)
  const name = input.arg(0)
  const found = await findDisk(client, { namespace, name })
  if (input.flag('cancel')) return cancelMove(input, context, { client, found })
  const className = input.text('class')
  if (className === undefined) {
    throw new CliError('Usage', '--class is needed: where the disk goes', { remedy: 'See `berth storage list`.' })
  }
  const { row, object } = found
  if (row.class === className) {
    throw new CliError('Refused', `disk "${name}" is of storage class "${className}" already`, {
      remedy: 'Choose another of `berth storage list`.',
    })
  }
  const target = { namespace, name: machineOf(found, className) }
  const machine = await getMachine(client, target)
  const instance = await findInstance(client, target)
  const under = instance === undefined ? undefined : moveOf(machine, instance, name)
  if (under !== undefined) {
    throw new CliError('Refused', `disk "${under.from}" of VM "${target.name}" is on the move to "${under.to}"`, {
      remedy: `Wait, or end that with \`berth disk move ${under.from} --cancel\`.`,
    })
  }
  const volume = volumeOn(machine, name)
  if (volume === undefined) {
    throw new CliError('Refused', `VM "${target.name}" has disk "${name}" until it stops only`, {
      remedy: `Give it the disk for good first: \`berth disk attach ${name} ${target.name}\`.`,
    })
  }
  await checkClass(client, { class: className, bytes: row.size ?? 0 })
  const claim = input.text('to') ?? nextDiskName(name)
  const capacity = 'status' in object ? (object.status as { capacity?: Record<string, string> }).capacity : undefined
  const size = capacity?.['storage'] ?? String(row.size ?? 0)
  const running = instance !== undefined
  const timeoutMs = input.duration('timeout') ?? defaultTimeoutMs
  await client.create(dataVolumes, diskToMoveTo({ namespace, from: name, claim, size, class: className, running }))
  try {
    const text = running ? `Making disk "${claim}" in class "${className}"` : `Copying disk "${name}" to "${claim}"`
    await waitForDisk(context, client, { namespace, name: claim, text, timeoutMs })
    if (context.signal.aborted) throw new CliError('Interrupted', 'interrupted')
    const moved = (of: VirtualMachine): Draft => withDiskMoved(of, { volume, from: name, claim })
    // Of the very machine that was looked at where it was off: had it run meanwhile, it had written what the copy lacks.
    if (running) await writeWhileRunning(client, target, instance, moved)
    else await write(client, machine, moved(machine))
  } catch (error) {
    await unlessMissing(client.delete(dataVolumes, { namespace, name: claim }))
    throw explained(error, target)
  }
  const after = `VM "${target.name}" uses disk "${claim}" of class "${className}" now`
  if (!running) {
    context.terminal.stdout.write(`${after}; "${name}" stays as it is\n`)
  } else if (!input.flag('wait')) {
    context.terminal.stdout.write(`Disk "${name}": move to "${claim}" requested\n`)
    return context.terminal.stderr.write(context.spell(`next: berth disk move ${name} --cancel ends it\n`))
  } else {
    const before = moveSaid(instance)
    await watched(context, client, {
      target,
      text: `Moving disk "${name}" of VM "${target.name}" to class "${className}"`,
      doneText: `${after}; "${name}" stays as it was at that moment`,
      judge: (seen) => judgeMove(seen, { volume, claim, before }),
      timeoutMs,
      remedy: `See \`berth vm why ${target.name}\`; end it with \`berth disk move ${name} --cancel\`.`,
    })
  }
  context.terminal.stderr.write(context.spell(`next: berth disk delete ${name}\n`))
}

async function cancelMove(
  input: Input,
  context: CommandContext,
  { client, found: { row } }: { client: Client; found: FoundDisk },
): Promise<void> {
  const { namespace, name } = row
  for (const user of row.users) {
    const target = { namespace, name: user.name }
    const [machine, instance] = await Promise.all([
      getOrNothing(client, virtualMachines, target),
      findInstance(client, target),
    ])
    if (machine === undefined || instance === undefined) continue
    const move = moveOf(machine, instance, name)
    if (move === undefined) continue
    const { volume, from, to } = move
    await writeWhileRunning(client, target, instance, (of) => withDiskOn(of, { volume, claim: from }))
    if (!input.flag('wait')) {
      context.terminal.stdout.write(`Disk "${from}": end of the move requested\n`)
    } else {
      await watched(context, client, {
        target,
        text: `Ending the move of disk "${from}" to "${to}"`,
        doneText: `VM "${user.name}" goes on with disk "${from}"`,
        judge: (seen) =>
          seen?.status?.migratedVolumes?.some(({ volumeName }) => volumeName === volume) === true
            ? { kind: 'waiting', status: moveSaid(seen)?.message ?? '' }
            : { kind: 'reached' },
        timeoutMs: input.duration('timeout') ?? 300_000,
        remedy: `See \`berth vm why ${user.name}\`.`,
      })
    }
    return context.terminal.stderr.write(context.spell(`next: berth disk delete ${to}\n`))
  }
  throw new CliError('Refused', `disk "${name}" is not on the move`, {
    remedy: 'See which VM uses it with `berth disk list`.',
  })
}

/** The one machine that the disk is moved under. @throws {CliError} Refused */
function machineOf({ row: { name, namespace, users } }: FoundDisk, className: string): string {
  const [user, ...others] = users
  if (user === undefined) {
    throw new CliError('Refused', `no VM in namespace "${namespace}" uses disk "${name}"`, {
      remedy: `Copy it: \`berth disk create ${nextDiskName(name)} --from ${name} --class ${className}\`, then delete it.`,
    })
  }
  if (others.length === 0) return user.name
  throw new CliError('Refused', `disk "${name}" is shared by VMs ${users.map((each) => `"${each.name}"`).join(', ')}`, {
    remedy: 'Take it out of all but one of them with `berth disk detach`.',
  })
}

/** The move under way of a machine's volume, from this claim or to it. */
function moveOf(
  machine: VirtualMachine,
  instance: VirtualMachineInstance,
  claim: string,
): { volume: string; from: string; to: string } | undefined {
  for (const { name: volume } of machine.spec.template.spec.volumes ?? []) {
    const move = movingTo(machine, instance, volume)
    if (move?.from === claim || move?.to === claim) return { volume, ...move }
  }
  return undefined
}

function volumeOn({ spec }: VirtualMachine, claim: string): string | undefined {
  return spec.template.spec.volumes?.find(
    ({ persistentVolumeClaim, dataVolume }) => persistentVolumeClaim?.claimName === claim || dataVolume?.name === claim,
  )?.name
}

const tries = 10

/** The server writes to the machine, too, while a volume moves. @throws {CliError} Refused when its guest is another by now */
async function writeWhileRunning(
  client: Client,
  target: MachineTarget,
  instance: VirtualMachineInstance,
  change: (machine: VirtualMachine) => Draft,
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const machine = await getMachine(client, target)
    const now = await findInstance(client, target)
    if (now?.metadata.uid !== instance.metadata.uid) {
      throw new CliError('Refused', `VM "${target.name}" was stopped or restarted meanwhile`, {
        remedy: 'Nothing was changed. Try again.',
      })
    }
    try {
      return await write(client, machine, change(machine))
    } catch (error) {
      if (!(error instanceof StatusError && error.code === 'Conflict') || attempt === tries) throw error
    }
  }
}

async function write(client: Client, machine: VirtualMachine, draft: Draft): Promise<void> {
  // It was made from a machine, and only its lists were changed.
  await client.update(virtualMachines, { ...machine, ...(draftObject(draft) as unknown as VirtualMachine) })
}

function explained(error: unknown, { name }: MachineTarget): unknown {
  if (!(error instanceof StatusError && error.code === 'Conflict')) return error
  return new CliError('Refused', `VM "${name}" was changed or started while its disk was being copied`, {
    cause: error,
    remedy: 'It keeps the disk it had; nothing was changed. Try again.',
  })
}

type Watched = Omit<Wait<VirtualMachineInstance>, 'resource' | 'step'>

/** Interrupted it goes on all the same, which is said. */
async function watched(context: CommandContext, client: Client, wait: Watched): Promise<void> {
  try {
    await waitForObject(context, client, { resource: virtualMachineInstances, ...wait })
  } catch (error) {
    if (!(error instanceof CliError && error.code === 'Interrupted')) throw error
    throw new CliError('Interrupted', `${wait.text} goes on without being watched`, {
      cause: error,
      remedy: wait.remedy,
    })
  }
}
