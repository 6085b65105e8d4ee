/** `berth image build|list|remove`: the image library of this host's engine. */

import { join } from 'node:path'
import type { CommandSpec } from '../command.ts'
import { connectionOptions, dataDirectoryOption, session } from '../connection/options.ts'
import type { CommandContext } from '../context.ts'
import { CliError } from '../failure.ts'
import type { Input } from '../input.ts'
import { isRecipe, recipes } from '../images/recipes.ts'
import { namedOutputOption } from '../output/print-objects.ts'
import { containerImages } from './image-load.ts'
import { buildNamespace } from './image-versions.ts'
import { accessOptions } from './source-options.ts'

async function library(input: Input, context: CommandContext) {
  const { ImageCache } = await import('@berth/imaging')
  return new ImageCache(join(input.text('dataDir') ?? context.dataDirectory, 'images'))
}

export const imageBuild: CommandSpec = {
  name: 'image build',
  summary: "build a VM image from its distribution's packages, or from another image",
  description:
    `From packages, on this host: ${Object.keys(recipes).join(', ')}. An image that is there already is kept, unless --rebuild is given.\n` +
    'With --publish it is made by a server, from any image: a VM installs packages, writes files, makes users and runs commands, in this ' +
    'order; what identifies a machine is taken out, and the disk is published as the next version. The image must run cloud-init. On the ' +
    'embedded engine it is published for everybody, unless -n names a namespace.',
  args: [
    {
      name: 'NAME',
      summary:
        'what to begin with: one of these, a system of the catalogue (ubuntu-24.04), an image, NAMESPACE/DATASOURCE, an http(s) URL or docker://IMAGE',
      completion: Object.keys(recipes),
    },
  ],
  options: [
    { flags: '--publish NAME', summary: 'name of the new image; its versions are NAME-v1, NAME-v2 and so on' },
    { flags: '--package NAME', summary: 'install this package; may be given again', repeatable: true },
    {
      flags: '--file LOCAL:PATH',
      summary: 'write this file, as motd:/etc/motd or run:/usr/bin/run:0755; may be given again',
      repeatable: true,
    },
    {
      flags: '--ssh-user NAME=FILE',
      summary: 'make this user, with the public key in the file; may be given again',
      repeatable: true,
    },
    { flags: '--run COMMAND', summary: 'run this command, or the script @FILE; may be given again', repeatable: true },
    {
      flags: '--disk-size SIZE',
      summary: "size of its disk (default: the source's; 10Gi of a URL or container image)",
    },
    ...accessOptions,
    { flags: '--storage-class NAME', summary: 'storage class of its disk' },
    { flags: '--to NAMESPACE', summary: 'publish in this namespace' },
    { flags: '--keep COUNT', summary: 'delete older versions beyond so many' },
    { flags: '--preference NAME', summary: 'preference that VMs made from it get' },
    { flags: '--description TEXT', summary: 'what it is, for lists' },
    { flags: '--timeout DURATION', summary: 'give up after this time (default: 1h)' },
    { flags: '--no-wait', summary: 'return when the build is made' },
    ...connectionOptions,
    { flags: '--size GIB', summary: "size of the image's disk", default: '3' },
    { flags: '--rebuild', summary: "build it anew, with today's packages" },
    dataDirectoryOption,
  ],
  examples: [
    'image build debian-12',
    'image build debian-12 --publish web --package nginx --run "systemctl enable nginx"',
  ],
  async run(input, context) {
    const name = input.arg(0)
    if (isCustomised(input)) return buildOnServer(input, context)
    if (!isRecipe(name)) {
      throw new CliError('Usage', `there is no recipe for an image "${name}"`, {
        remedy: `There are: ${Object.keys(recipes).join(', ')}.`,
      })
    }
    const { release, description } = recipes[name]
    const sizeGiB = input.integer('size', { min: 2, max: 2048 }) ?? 3
    const [{ buildDebianImage }, { progressText }] = await Promise.all([
      import('@berth/imaging'),
      import('../images/progress-text.ts'),
    ])
    const images = await library(input, context)
    const { signal } = context
    const step = context.progress.step(`Building image ${name}`)
    try {
      const request = {
        name,
        description,
        signal,
        build: (target: string) =>
          buildDebianImage({
            release,
            target,
            sizeGiB,
            signal,
            onProgress: (progress) => step.update(`Building image ${name}: ${progressText(progress)}`),
          }),
      }
      await (input.flag('rebuild') ? images.replace(request) : images.ensure(request))
      step.done(`Image ${name} is ready`)
    } catch (error) {
      step.fail()
      throw error
    }
    context.terminal.stderr.write(context.spell(`next: berth vm create web --image ${name}\n`))
  },
}

/** More is wanted than a base image of this host. */
function isCustomised(input: Input): boolean {
  const several = ['package', 'file', 'run', 'sshUser'].some((name) => input.texts(name).length > 0)
  return several || input.text('publish') !== undefined
}

async function buildOnServer(input: Input, context: CommandContext): Promise<void> {
  const [{ buildOf }, { followBuild }, { imageBuilds }] = await Promise.all([
    import('../images/build-wish.ts'),
    import('../images/follow-build.ts'),
    import('@berth/api'),
  ])
  const suffix = Math.floor(context.random() * 36 ** 5)
    .toString(36)
    .padStart(5, '0')
  const wanted = await buildOf(input, { namespace: await buildNamespace(input), suffix })
  const { client } = await session(input, context)
  const made = await client.create(imageBuilds, wanted, { fieldManager: 'berth', fieldValidation: 'Strict' })
  const { namespace = '', name = '' } = made.metadata
  context.terminal.stdout.write(`Image build "${name}" created in namespace "${namespace}"\n`)
  if (!input.flag('wait')) return
  const { status } = await followBuild(client, context, made)
  const { namespace: where = '', name: source = '' } = status?.dataSource ?? {}
  context.terminal.stderr.write(context.spell(`next: berth vm create web --image ${where}/${source}\n`))
}

export const imageList: CommandSpec = {
  name: 'image list',
  summary: 'show the images of this host',
  options: [namedOutputOption, dataDirectoryOption],
  examples: ['image list', 'image list -o name'],
  async run(input, context) {
    const [{ printData }, { renderTable }, { formatBytes }, { ageOf }] = await Promise.all([
      import('../output/print-objects.ts'),
      import('../output/table.ts'),
      import('../images/format-bytes.ts'),
      import('../machines/columns.ts'),
    ])
    const images = await (await library(input, context)).list()
    const format = input.text('output')
    if (format === 'json' || format === 'yaml') return printData(context, images, format)
    if (format === 'name') return context.terminal.stdout.write(images.map(({ name }) => `${name}\n`).join(''))
    if (images.length === 0) {
      return context.terminal.stderr.write(context.spell('No images. Build one with `berth image build debian-12`.\n'))
    }
    const nowMs = context.clock.now().getTime()
    const rows = images.map((image) => [
      image.name,
      formatBytes(image.virtualSizeBytes),
      formatBytes(image.bytes),
      ageOf(image.createdAt, nowMs),
      image.description,
    ])
    context.terminal.stdout.write(renderTable(['NAME', 'DISK', 'FILE', 'AGE', 'WHAT'], rows))
  },
}

export const imageRemove: CommandSpec = {
  name: 'image remove',
  summary: 'delete an image of this host',
  description:
    'VMs made from it have their own copy and keep it. Container images are named with their tag or registry.',
  args: [{ name: 'NAME', summary: 'the image', completion: 'image' }],
  options: [dataDirectoryOption],
  examples: ['image remove debian-12'],
  async run(input, context) {
    const name = input.arg(0)
    // Names of container images have a tag or a registry, those of the library neither.
    const images = /[/:]/.test(name) ? await containerImages(input, context) : await library(input, context)
    if (!(await images.remove(name))) {
      throw new CliError('NotFound', `there is no image "${name}"`, {
        remedy: 'See `berth image list` and `berth image containers`.',
      })
    }
    context.terminal.stdout.write(`Image "${name}" removed\n`)
  },
}
