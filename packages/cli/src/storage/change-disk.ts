/** `berth disk create|resize|delete`. */

import { annotations, dataVolumes, type DataVolume } from '@berth/api'
import { persistentVolumeClaims, type Client } from '@berth/kube'
import { getCondition } from '@berth/meta'
import { deletionOfVolume, judgeSettled, newDisk, type DeletionPart, type Settled } from '@berth/view'
import { session } from '../connection/options.ts'
import type { CommandContext } from '../context.ts'
import { CliError } from '../failure.ts'
import { formatBytes } from '../images/format-bytes.ts'
import type { Input } from '../input.ts'
import { confirm } from '../output/ask.ts'
import { checkClass } from './check-class.ts'
import { findSource, sizeOfSource } from './disk-source.ts'
import { findDisk, statusWord } from './disk-rows.ts'
import { claims } from './kinds.ts'
import { bytesOf, grownSize } from './size.ts'
import { waitForObject } from './wait-for-object.ts'

export async function createDisk(input: Input, context: CommandContext): Promise<void> {
  const { client, namespace } = await session(input, context)
  const name = input.arg(0)
  const source = await findSource(client, input, namespace)
  const size = input.text('size') ?? (await sizeOfSource(client, source))
  const className = input.text('class')
  // Copies share what they have in common with their source; how much they take is for the server to say.
  const copies = source.kind === 'pvc' || source.kind === 'snapshot'
  await checkClass(client, { class: className, bytes: copies ? 0 : bytesOf(size) })
  const disk = newDisk({ namespace, name, size, source, ...(className === undefined ? {} : { class: className }) })
  // It is filled now, not when a VM first uses it.
  disk.metadata.annotations = { [annotations.cdiBindImmediate]: 'true' }
  await client.create(dataVolumes, disk)
  if (!input.flag('wait')) return context.terminal.stdout.write(`Disk "${name}" requested\n`)
  await waitForDisk(context, client, {
    namespace,
    name,
    text: `Making disk "${name}"`,
    timeoutMs: input.duration('timeout') ?? 600_000,
  })
  context.terminal.stderr.write(context.spell(`next: berth disk attach ${name} VM\n`))
}

export async function waitForDisk(
  context: CommandContext,
  client: Client,
  { namespace, name, text, timeoutMs }: { namespace: string; name: string; text: string; timeoutMs: number },
): Promise<void> {
  await waitForObject<DataVolume>(context, client, {
    resource: dataVolumes,
    target: { namespace, name },
    text,
    judge: judgeFilling,
    doneText: ({ status }) =>
      status?.phase === 'Succeeded' ? `Disk "${name}" is ready` : `Disk "${name}" is made when a VM first uses it`,
    timeoutMs,
    remedy: `Look again with \`berth disk list\`; take it away with \`berth disk delete ${name}\`.`,
  })
}

/** Times an error may come again before the person is told instead of being kept waiting. */
const patience = 3

function judgeFilling(disk: Readonly<DataVolume> | undefined): Settled {
  if (disk === undefined) return { kind: 'hopeless', why: 'it was deleted meanwhile' }
  const { phase = 'Pending', progress = '', restartCount = 0, conditions } = disk.status ?? {}
  const verdict = judgeSettled('datavolumes', disk)
  if (verdict.kind !== 'waiting') return verdict
  const running = getCondition(conditions, 'Running')
  if (running?.status !== 'True' && running?.reason === 'Error') {
    const why = running.message ?? phase
    const again = `${why} (tried ${restartCount} times)`
    return restartCount >= patience ? { kind: 'hopeless', why: again } : { kind: 'waiting', status: why }
  }
  const share = /^(\d+)\.\d+%$/.exec(progress)?.[1]
  const word = statusWord(phase)
  if (share !== undefined) return { kind: 'waiting', status: `${word} ${share}%` }
  return { kind: 'waiting', status: running?.message === undefined || running.message === '' ? word : running.message }
}

export async function resizeDisk(input: Input, context: CommandContext): Promise<void> {
  const { client, namespace } = await session(input, context)
  const name = input.arg(0)
  const { row } = await findDisk(client, { namespace, name })
  const size = grownSize(input.arg(1), row.size)
  const wanted = bytesOf(size)
  if (row.size !== undefined && wanted < row.size) {
    throw new CliError('Refused', `disk "${name}" has ${formatBytes(row.size)}; disks can only grow`, {
      remedy: 'Make a smaller disk and copy what is on it inside the guest.',
    })
  }
  await checkClass(client, { class: row.class, bytes: wanted - (row.size ?? 0) })
  const patch = { spec: { resources: { requests: { storage: size } } } }
  await client.patch(persistentVolumeClaims, { namespace, name }, { type: 'merge', patch })
  if (!input.flag('wait')) return context.terminal.stdout.write(`Disk "${name}": growth to ${size} requested\n`)
  await waitForObject(context, client, {
    resource: claims,
    target: { namespace, name },
    text: `Growing disk "${name}" to ${size}`,
    doneText: ({ status }) => `Disk "${name}" has ${status?.capacity?.['storage'] ?? size}`,
    timeoutMs: input.duration('timeout') ?? 300_000,
    remedy: `See \`kubectl describe pvc ${name} -n ${namespace}\`.`,
  })
  if (row.users.some(({ running }) => running)) {
    context.terminal.stderr.write('The guest sees the new size; its partition and file system are grown inside it.\n')
  }
}

export async function deleteDisk(input: Input, context: CommandContext): Promise<void> {
  const { client, namespace } = await session(input, context)
  const name = input.arg(0)
  const { row } = await findDisk(client, { namespace, name })
  const { refused, parts } = deletionOfVolume(row)
  if (refused?.part === 'machine-runs') {
    throw new CliError('Refused', `disk "${name}" is used by VM "${refused.name}", which runs`, {
      remedy: `Take it out with \`berth disk detach ${name} ${refused.name}\`, or stop the VM.`,
    })
  }
  await confirm(input, context, {
    lines: parts.map((part) => deletionText(part, name)),
    question: `Delete disk "${name}"?`,
  })
  // The claim goes with its DataVolume, and would be made anew if it went alone.
  if (row.dataVolume) await client.delete(dataVolumes, { namespace, name })
  else await client.delete(persistentVolumeClaims, { namespace, name })
  if (!input.flag('wait')) return context.terminal.stdout.write(`Disk "${name}": delete requested\n`)
  await waitForObject(context, client, {
    resource: claims,
    target: { namespace, name },
    text: `Deleting disk "${name}"`,
    doneText: `Disk "${name}" is deleted`,
    timeoutMs: input.duration('timeout') ?? 300_000,
    judge: (claim) =>
      claim === undefined || (row.claim && claim.metadata.uid !== row.uid)
        ? { kind: 'reached' }
        : { kind: 'waiting', status: 'Terminating' },
    remedy: `See \`kubectl describe pvc ${name} -n ${namespace}\`.`,
  })
}

function deletionText(part: DeletionPart, name: string): string {
  switch (part.part) {
    case 'data-goes':
      return `Disk "${name}" and everything on it${sizeOf(part)} go for good.`
    case 'data-stays':
      return `Disk "${name}" goes; its data${sizeOf(part)} stay in the PersistentVolume, for an administrator to free.`
    case 'machine-needs':
      return `VM "${part.name}" names it and does not start without it.`
    case 'snapshots-stay':
      return `${part.count === 1 ? 'A snapshot' : `${part.count} snapshots`} of it stay, and can be restored.`
    case 'access-goes':
      return `What was typed for it to sign in, "${part.name}", goes with it.`
    case 'access-stays':
      return `"${part.name}", which its source is fetched with, stays.`
    case 'owner-remakes':
      return `${part.owner} made it, and makes an empty one again as long as it has a template for it.`
    case 'machine-runs':
      return `VM "${part.name}" runs with it.`
    case 'point-goes':
      return `Nothing can be restored from there any more.`
    case 'merges':
      return 'What other snapshots need of it is kept.'
    case 'newer-stay':
      return `${part.count} newer ones stay.`
    case 'machine-stays':
      return `VM "${part.name}" stays.`
  }
}

function sizeOf({ bytes }: { bytes?: number }): string {
  return bytes === undefined ? '' : ` (${formatBytes(bytes)})`
}
