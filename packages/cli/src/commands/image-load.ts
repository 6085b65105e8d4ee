/** `berth image load|containers`: container images of this host, for hosts without a registry. */

import { join } from 'node:path'
import type { CommandSpec } from '../command.ts'
import { dataDirectoryOption } from '../connection/options.ts'
import type { CommandContext } from '../context.ts'
import type { Input } from '../input.ts'
import { namedOutputOption } from '../output/print-objects.ts'

/** The engine's own folder: what is put there is there for it at once. */
export async function containerImages(input: Input, context: CommandContext) {
  const { ContainerImages } = await import('@berth/imaging')
  return new ContainerImages({ directory: join(input.text('dataDir') ?? context.dataDirectory, 'container-images') })
}

export const imageLoad: CommandSpec = {
  name: 'image load',
  summary: 'take a container image from a file, for VMs to start from',
  description:
    'From an OCI image layout (a directory, or a tar archive of one) or an archive that `docker save` wrote. VMs name it in containerDisk or kernelBoot and find it without a registry, unless their imagePullPolicy is Always (the default for the tag "latest").',
  args: [{ name: 'PATH', summary: 'the archive or directory', completion: 'file' }],
  options: [
    { flags: '--as NAME', summary: 'the name it gets, where the file has none or another' },
    dataDirectoryOption,
  ],
  examples: ['image load fedora.tar', 'image load ./layout --as registry.example.com/team/fedora:40'],
  async run(input, context) {
    const images = await containerImages(input, context)
    const as = input.text('as')
    const { signal } = context
    const loaded = await images.load({ from: input.arg(0), signal, ...(as === undefined ? {} : { as }) })
    for (const { name } of loaded) context.terminal.stdout.write(`Container image "${name}" loaded\n`)
  },
}

export const imageContainers: CommandSpec = {
  name: 'image containers',
  summary: 'show the container images of this host',
  options: [namedOutputOption, dataDirectoryOption],
  examples: ['image containers', 'image containers -o json'],
  async run(input, context) {
    const [{ printData }, { renderTable }, { ageOf }] = await Promise.all([
      import('../output/print-objects.ts'),
      import('../output/table.ts'),
      import('../machines/columns.ts'),
    ])
    const images = await (await containerImages(input, context)).list()
    const format = input.text('output')
    if (format === 'json' || format === 'yaml') return printData(context, images, format)
    if (format === 'name') return context.terminal.stdout.write(images.map(({ name }) => `${name}\n`).join(''))
    if (images.length === 0) {
      return context.terminal.stderr.write(
        context.spell('No container images. Load one with `berth image load FILE`, or let a VM pull it.\n'),
      )
    }
    const nowMs = context.clock.now().getTime()
    const rows = images.map(({ name, digest, source, createdAt }) => [
      name,
      digest.slice(0, 19),
      source === 'load' ? 'loaded' : 'pulled',
      ageOf(createdAt, nowMs),
    ])
    context.terminal.stdout.write(renderTable(['NAME', 'DIGEST', 'FROM', 'AGE'], rows))
  },
}
