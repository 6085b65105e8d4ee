/** `berth image create|publish|use`: images of a server, made from what is there, without building. */

import { dataSources, dataVolumes } from '@berth/api'
import type { Client } from '@berth/kube'
import { unlessMissing } from '@berth/meta'
import { newImage, publishedCopy, standFor, type ImageRow, type NewImage } from '@berth/view'
import { session } from '../connection/options.ts'
import type { CommandContext } from '../context.ts'
import { CliError } from '../failure.ts'
import type { Input } from '../input.ts'
import { imageNamespace } from '../machines/image-source.ts'
import { waitForDisk } from '../storage/change-disk.ts'
import { checkClass } from '../storage/check-class.ts'
import { findSource, sizeOfSource } from '../storage/disk-source.ts'
import { imageRowsOf } from './versions.ts'

export async function createImage(input: Input, context: CommandContext): Promise<void> {
  const { client, namespace: own } = await session(input, context)
  const image = input.arg(0)
  const namespace = input.text('to') ?? own
  const source = await findSource(client, input, own)
  if (source.kind === 'blank') {
    throw new CliError('Usage', 'say what the image is made from: --from, --from-snapshot or --url', {
      remedy: 'To install packages into it on the way, use `berth image build NAME --publish IMAGE`.',
    })
  }
  const className = input.text('class')
  const size = input.text('size') ?? (await sizeOfSource(client, source))
  await checkClass(client, { class: className, bytes: 0 })
  const rows = await imageRowsOf(client, namespace)
  const given = { description: input.text('description'), preference: input.text('preference'), class: className }
  const made = newImage({ namespace, image, version: versionAfter(rows, image), source, size, ...said(given) })
  await make(input, context, { client, made, head: headOf(rows, image) })
}

export async function publishImage(input: Input, context: CommandContext): Promise<void> {
  const { client, namespace } = await session(input, context)
  const name = input.arg(0)
  const to = input.text('to') ?? imageNamespace
  const row = await findImage(client, { namespace, name })
  if (to === namespace) {
    throw new CliError('Refused', `image "${name}" is in namespace "${to}" already`, {
      remedy: 'Name another namespace with --to.',
    })
  }
  const rows = await imageRowsOf(client, to)
  const made = publishedCopy(row, { namespace: to, version: versionAfter(rows, row.image) })
  await make(input, context, { client, made, head: headOf(rows, row.image) })
}

export async function useVersion(input: Input, context: CommandContext): Promise<void> {
  const { client } = await session(input, context)
  const target = { namespace: input.text('namespace') ?? imageNamespace, name: input.arg(0) }
  const row = await findImage(client, target)
  if (row.version === undefined) {
    throw new CliError('Refused', `"${target.name}" is no version of an image`, {
      remedy: 'Name one of `berth image versions`, like web-v2.',
    })
  }
  await client.patch(dataSources, { ...target, name: row.image }, { type: 'merge', patch: standFor(row) })
  context.terminal.stdout.write(`Image "${row.image}" stands for "${target.name}" from now on\n`)
}

async function make(
  input: Input,
  context: CommandContext,
  { client, made, head }: { client: Client; made: NewImage; head: ImageRow | undefined },
): Promise<void> {
  const { disk, version } = made
  const { namespace = '', name = '' } = disk.metadata
  const image = made.head.metadata.name ?? ''
  // All of it is checked before anything is made.
  await client.create(dataVolumes, disk, { dryRun: true })
  // The names first: a disk that nobody names would be left behind.
  await client.create(dataSources, version)
  if (head === undefined) await client.create(dataSources, made.head)
  const undo = async (): Promise<void> => {
    await unlessMissing(client.delete(dataSources, { namespace, name }))
    if (head === undefined) await unlessMissing(client.delete(dataSources, { namespace, name: image }))
    await unlessMissing(client.delete(dataVolumes, { namespace, name }))
  }
  try {
    await client.create(dataVolumes, disk)
  } catch (error) {
    await undo()
    throw error
  }
  if (!input.flag('wait')) {
    const later =
      head === undefined
        ? ''
        : `; when it is whole, \`berth image use ${name} -n ${namespace}\` makes it the one that is used`
    return context.terminal.stdout.write(
      context.spell(`Image "${name}" requested in namespace "${namespace}"${later}\n`),
    )
  }
  const timeoutMs = input.duration('timeout') ?? 3_600_000
  try {
    await waitForDisk(context, client, { namespace, name, text: `Making image "${name}"`, timeoutMs })
  } catch (error) {
    // One that takes longer, or is not waited for, goes on by itself.
    if (!(error instanceof CliError && error.code === 'Failed')) throw error
    await undo()
    throw new CliError('Failed', error.message, {
      cause: error,
      remedy: 'Nothing of it is left. Mend that and try again.',
    })
  }
  // The name goes over when there is a whole disk behind it.
  if (head !== undefined) {
    await client.patch(dataSources, { namespace, name: image }, { type: 'merge', patch: standFor({ namespace, name }) })
  }
  context.terminal.stdout.write(`Image "${image}" of namespace "${namespace}" is "${name}"\n`)
  context.terminal.stderr.write(context.spell(`next: berth vm create web --image ${namespace}/${image}\n`))
}

/** @throws {CliError} NotFound */
async function findImage(client: Client, { namespace, name }: { namespace: string; name: string }): Promise<ImageRow> {
  const found = (await imageRowsOf(client, namespace)).find((row) => row.name === name)
  if (found !== undefined) return found
  throw new CliError('NotFound', `there is no image "${name}" in namespace "${namespace}"`, {
    remedy: 'See what there is with `berth image versions -A`.',
  })
}

function headOf(rows: readonly ImageRow[], image: string): ImageRow | undefined {
  return rows.find((row) => row.name === image)
}

function versionAfter(rows: readonly ImageRow[], image: string): number {
  const newest = rows.filter((row) => row.image === image).map(({ version = 0 }) => version)
  return Math.max(0, ...newest) + 1
}

function said<T extends Record<string, string | undefined>>(values: T): { [Key in keyof T]?: string } {
  // Of the same keys, less those without a value.
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [Key in keyof T]?: string
  }
}
