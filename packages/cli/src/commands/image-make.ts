/** `berth image create|publish|use|keep-fresh|schedules|unschedule`: images of a server that are taken as they are. */

import type { CommandSpec } from '../command.ts'
import { allNamespacesOption, connectionOptions } from '../connection/options.ts'
import { yesOption } from '../output/ask.ts'
import { outputOption } from '../output/print-objects.ts'
import { accessOptions, sourceOptions } from './source-options.ts'

const waitOptions = [
  { flags: '--no-wait', summary: 'return when the server has taken the request' },
  { flags: '--timeout DURATION', summary: 'how long to wait', default: '1h' },
] as const

export const imageCreate: CommandSpec = {
  name: 'image create',
  summary: 'make an image from a disk, a snapshot of a disk or an address',
  description:
    'It is the next version of the image: NAME-v1, NAME-v2 and so on; NAME follows the newest as soon as that is whole. `berth image build` ' +
    'installs packages on the way.',
  args: [{ name: 'NAME', summary: 'the image', completion: 'image' }],
  options: [
    ...sourceOptions,
    { flags: '--size SIZE', summary: 'like 10Gi; that of the disk unless given' },
    { flags: '--class NAME', summary: 'storage class (default: the default one)', completion: 'storageclass' },
    { flags: '--to NAMESPACE', summary: 'where the image is to be (default: that of -n)', completion: 'namespace' },
    { flags: '--description TEXT', summary: 'what it is, for lists' },
    { flags: '--preference NAME', summary: 'preference that VMs made from it get' },
    ...waitOptions,
    ...connectionOptions,
  ],
  examples: [
    'image create web --from web-root',
    'image create ubuntu --url https://example.org/ubuntu.qcow2 --size 10Gi --to berth-images',
  ],
  async run(input, context) {
    const { createImage } = await import('../images/make-image.ts')
    await createImage(input, context)
  },
}

export const imagePublish: CommandSpec = {
  name: 'image publish',
  summary: 'copy an image into a namespace that others may make VMs from',
  description:
    'On the embedded engine everybody who is signed in may make VMs from berth-images. The image stays where it is; `berth image delete` takes ' +
    'a published version back.',
  args: [{ name: 'NAME', summary: 'the image, or one version of it', completion: 'image' }],
  options: [
    { flags: '--to NAMESPACE', summary: 'where to (default: berth-images)', completion: 'namespace' },
    ...waitOptions,
    ...connectionOptions,
  ],
  examples: ['image publish web', 'image publish web-v2 -n team-a --to team-b'],
  async run(input, context) {
    const { publishImage } = await import('../images/make-image.ts')
    await publishImage(input, context)
  },
}

export const imageUse: CommandSpec = {
  name: 'image use',
  summary: "let an image's name stand for one of its versions, as for an older one",
  args: [{ name: 'VERSION', summary: 'like web-v1', completion: 'image' }],
  options: [...connectionOptions],
  examples: ['image use web-v1'],
  async run(input, context) {
    const { useVersion } = await import('../images/make-image.ts')
    await useVersion(input, context)
  },
}

export const imageKeepFresh: CommandSpec = {
  name: 'image keep-fresh',
  summary: 'import an image now, and again whenever its source has changed',
  args: [{ name: 'NAME', summary: 'of the image' }],
  options: [
    { flags: '--url URL', summary: 'image of a registry, like docker://quay.io/containerdisks/fedora:41' },
    { flags: '--from DISK', summary: 'a disk, or NAMESPACE/DISK', completion: 'disk' },
    ...accessOptions,
    { flags: '--schedule CRON', summary: 'when to look, like "0 3 * * *", in UTC', default: '0 3 * * *' },
    { flags: '--keep COUNT', summary: 'so many imports stay', default: '3' },
    { flags: '--size SIZE', summary: 'of its disk, like 10Gi' },
    { flags: '--class NAME', summary: 'storage class (default: the default one)', completion: 'storageclass' },
    { flags: '--preference NAME', summary: 'preference that VMs made from it get' },
    { flags: '--delete-imports', summary: 'what was imported goes when the schedule does' },
    ...connectionOptions,
  ],
  examples: ['image keep-fresh fedora --url docker://quay.io/containerdisks/fedora:41 --size 10Gi'],
  async run(input, context) {
    const { keepFresh } = await import('../images/keep-fresh.ts')
    await keepFresh(input, context)
  },
}

export const imageSchedules: CommandSpec = {
  name: 'image schedules',
  summary: 'show the images that are kept fresh, and how it goes',
  options: [allNamespacesOption, outputOption, ...connectionOptions],
  examples: ['image schedules', 'image schedules -A'],
  async run(input, context) {
    const { listSchedules } = await import('../images/keep-fresh.ts')
    await listSchedules(input, context)
  },
}

export const imageUnschedule: CommandSpec = {
  name: 'image unschedule',
  summary: 'keep an image fresh no more; it says what stays, and asks',
  args: [{ name: 'NAME', summary: 'one of `berth image schedules`' }],
  options: [yesOption, ...connectionOptions],
  examples: ['image unschedule fedora', 'image unschedule fedora --yes'],
  async run(input, context) {
    const { unschedule } = await import('../images/keep-fresh.ts')
    await unschedule(input, context)
  },
}
