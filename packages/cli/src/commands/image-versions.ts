/** `berth image versions|retire|delete|log|builds|cancel`: images of a server, and what makes them. */

import type { ImageRefusal } from '@berth/view'
import type { CommandSpec } from '../command.ts'
import { allNamespacesOption, connectionOptions, session } from '../connection/options.ts'
import type { CommandContext } from '../context.ts'
import { CliError } from '../failure.ts'
import type { Input } from '../input.ts'
import { imageNamespace } from '../machines/image-source.ts'
import { namedOutputOption } from '../output/print-objects.ts'

/** Images lie where all may use them, unless somebody says otherwise. */
const namespaceOf = (input: Input): string => input.text('namespace') ?? imageNamespace

export const imageVersions: CommandSpec = {
  name: 'image versions',
  summary: 'show the images of a server: versions, age, size, and what was made from them',
  description: `In namespace ${imageNamespace} unless another is named.`,
  args: [{ name: 'NAME', summary: 'of this image only', optional: true, completion: 'image' }],
  options: [namedOutputOption, allNamespacesOption, ...connectionOptions],
  examples: ['image versions', 'image versions web', 'image versions -A'],
  async run(input, context) {
    const [{ publishedImages }, { printData }, { renderTable }, { ageOf }] = await Promise.all([
      import('../images/versions.ts'),
      import('../output/print-objects.ts'),
      import('../output/table.ts'),
      import('../machines/columns.ts'),
    ])
    const { client } = await session(input, context)
    const everywhere = input.flag('allNamespaces')
    const found = await publishedImages(client, everywhere ? undefined : namespaceOf(input))
    const wanted = input.args[0]
    const images = found.filter(({ image }) => wanted === undefined || image === wanted)
    const format = input.text('output')
    if (format === 'json' || format === 'yaml') return printData(context, images, format)
    if (format === 'name') return context.terminal.stdout.write(images.map(({ name }) => `${name}\n`).join(''))
    if (images.length === 0) {
      return context.terminal.stderr.write(
        context.spell('No images. Make one with `berth image build debian-12 --publish NAME`.\n'),
      )
    }
    const nowMs = context.clock.now().getTime()
    const rows = images.map((image) => [
      ...(everywhere ? [image.namespace] : []),
      image.name,
      image.version === undefined ? '' : `v${image.version}`,
      image.size,
      ageOf(image.createdAt, nowMs),
      image.retired ? 'retired' : image.ready ? 'ready' : 'not ready',
      usersText(image.usedBy),
      image.description,
    ])
    const titles = ['NAME', 'VERSION', 'DISK', 'AGE', 'STATE', 'USED BY', 'WHAT']
    context.terminal.stdout.write(renderTable(everywhere ? ['NAMESPACE', ...titles] : titles, rows))
  },
}

function usersText(users: readonly string[]): string {
  if (users.length === 0) return ''
  return users.length === 1 ? (users[0] ?? '') : `${users.length} disks`
}

export const imageRetire: CommandSpec = {
  name: 'image retire',
  summary: 'keep an image from being chosen for new VMs',
  description: 'Disks that were made from it have all they need. Naming it in a manifest still works.',
  args: [{ name: 'NAME', summary: 'the image, or one version of it: web-v2', completion: 'image' }],
  options: [{ flags: '--undo', summary: 'let it be chosen again' }, ...connectionOptions],
  examples: ['image retire web-v2', 'image retire web --undo'],
  async run(input, context) {
    const [{ dataSources }, { retirement }] = await Promise.all([import('@berth/api'), import('@berth/view')])
    const { client } = await session(input, context)
    const undo = input.flag('undo')
    const target = { namespace: namespaceOf(input), name: input.arg(0) }
    await client.patch(dataSources, target, { type: 'merge', patch: retirement(!undo) })
    context.terminal.stdout.write(`Image "${target.name}" ${undo ? 'can be chosen again' : 'retired'}\n`)
  },
}

export const imageDelete: CommandSpec = {
  name: 'image delete',
  summary: 'delete a version of an image from a server',
  description:
    'Disks that were made from it keep their data. While one is being made, it is refused. A disk that was there before the image stays.',
  args: [{ name: 'NAME', summary: 'the version: web-v2', completion: 'image' }],
  options: [...connectionOptions],
  examples: ['image delete web-v2'],
  async run(input, context) {
    const [{ dataSources, dataVolumes }, { unlessMissing }, { deletionOfImage }, { imageRowsOf }] = await Promise.all([
      import('@berth/api'),
      import('@berth/meta'),
      import('@berth/view'),
      import('../images/versions.ts'),
    ])
    const { client } = await session(input, context)
    const target = { namespace: namespaceOf(input), name: input.arg(0) }
    const rows = await imageRowsOf(client, target.namespace)
    const row = rows.find(({ name }) => name === target.name)
    // What the server says of it.
    if (row === undefined) return void (await client.get(dataSources, target))
    const head = rows.find(({ image, version }) => image === row.image && version === undefined)
    const { refused, disk } = deletionOfImage(row, head)
    if (refused !== undefined) throw refusal(target.name, refused)
    // The name first: without it nobody begins to use the disk.
    await client.delete(dataSources, target)
    if (disk === 'goes') {
      await unlessMissing(client.delete(dataVolumes, { ...target, name: row.disk?.name ?? target.name }))
    }
    const kept = disk === 'goes' || row.disk === undefined ? '' : `; its disk "${row.disk.name}" stays`
    context.terminal.stdout.write(`Image "${target.name}" deleted${kept}\n`)
  },
}

function refusal(name: string, part: ImageRefusal): CliError {
  switch (part.part) {
    case 'of-host':
      return new CliError('Refused', `"${name}" is an image of the engine's own host`, {
        remedy: `Remove it there: berth image remove ${name}`,
      })
    case 'kept-fresh':
      return new CliError('Refused', `"${name}" is kept fresh by DataImportCron "${part.schedule}"`, {
        remedy: 'Delete that first, or it is made again.',
      })
    case 'being-copied':
      return new CliError('Refused', `disk "${part.disk}" is being made from "${name}"`, {
        remedy: 'Try again when it is done.',
      })
    case 'stands-for':
      return new CliError('Refused', `"${name}" is the version that "${part.image}" stands for`, {
        remedy: `Build a newer one first, or retire it: berth image retire ${name}`,
      })
  }
}

export const imageBuildsCommand: CommandSpec = {
  name: 'image builds',
  summary: 'show image builds and how far they are',
  options: [namedOutputOption, allNamespacesOption, ...connectionOptions],
  examples: ['image builds', 'image builds -A'],
  async run(input, context) {
    const [{ imageBuilds }, { printData }, { renderTable }, { ageOf }] = await Promise.all([
      import('@berth/api'),
      import('../output/print-objects.ts'),
      import('../output/table.ts'),
      import('../machines/columns.ts'),
    ])
    const { client } = await session(input, context)
    const scope = input.flag('allNamespaces') ? {} : { namespace: await buildNamespace(input) }
    const { items } = await client.list(imageBuilds, scope)
    const format = input.text('output')
    if (format === 'json' || format === 'yaml') return printData(context, items, format)
    if (format === 'name') {
      return context.terminal.stdout.write(items.map(({ metadata }) => `${metadata.name ?? ''}\n`).join(''))
    }
    if (items.length === 0) return context.terminal.stderr.write('No image builds.\n')
    const nowMs = context.clock.now().getTime()
    const rows = items.map(({ metadata, spec, status }) => [
      metadata.namespace ?? '',
      metadata.name ?? '',
      spec.publish.name,
      status?.phase ?? 'Pending',
      status?.version === undefined ? '' : `v${status.version}`,
      ageOf(metadata.creationTimestamp ?? '', nowMs),
      status?.message ?? '',
    ])
    context.terminal.stdout.write(
      renderTable(['NAMESPACE', 'NAME', 'IMAGE', 'PHASE', 'VERSION', 'AGE', 'MESSAGE'], rows),
    )
  },
}

/** Where the engine's own builds lie, unless somebody says otherwise. */
export async function buildNamespace(input: Input): Promise<string> {
  return input.text('namespace') ?? (await import('@berth/api')).imageBuildNamespace
}

export const imageLog: CommandSpec = {
  name: 'image log',
  summary: 'print what an image build did',
  args: [{ name: 'BUILD', summary: 'one of `berth image builds`' }],
  options: [...connectionOptions],
  examples: ['image log web-x7k2p'],
  async run(input, context) {
    const [{ imageBuilds }, { logOf }] = await Promise.all([import('@berth/api'), import('../images/follow-build.ts')])
    const { client } = await session(input, context)
    const build = await client.get(imageBuilds, { namespace: await buildNamespace(input), name: input.arg(0) })
    const log = await logOf(client, build)
    if (log === '') return context.terminal.stderr.write('There is no log yet.\n')
    const { printable } = await import('../terminal.ts')
    context.terminal.stdout.write(`${log.split('\n').map(printable).join('\n').trimEnd()}\n`)
  },
}

export const imageCancel: CommandSpec = {
  name: 'image cancel',
  summary: 'end an image build',
  args: [{ name: 'BUILD', summary: 'one of `berth image builds`' }],
  options: [...connectionOptions],
  examples: ['image cancel web-x7k2p'],
  async run(input: Input, context: CommandContext) {
    const { imageBuilds } = await import('@berth/api')
    const { client } = await session(input, context)
    const target = { namespace: await buildNamespace(input), name: input.arg(0) }
    await client.patch(imageBuilds, target, { type: 'merge', patch: { spec: { cancel: true } } })
    context.terminal.stdout.write(`Image build "${target.name}" is being cancelled\n`)
  },
}
