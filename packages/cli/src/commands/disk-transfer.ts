/** `berth disk upload|download`. */

import type { CommandSpec, OptionSpec } from '../command.ts'
import { connectionOptions } from '../connection/options.ts'

const insecureOption: OptionSpec = {
  flags: '--insecure',
  summary: "do not check the server's certificate for the transfer",
}

export const diskUpload: CommandSpec = {
  name: 'disk upload',
  summary: 'make a disk from an image on this computer',
  description:
    'Takes qcow2, raw, iso, vmdk, vdi, vhdx, also compressed with gzip, xz or zstd. A broken connection is tried again; the protocol has no way ' +
    'to go on in the middle. Prints the SHA-256 of the file.',
  args: [
    { name: 'FILE', summary: 'the image', completion: 'file' },
    { name: 'NAME', summary: 'name of the disk' },
  ],
  options: [
    { flags: '--size SIZE', summary: 'of the disk, like 20Gi (default: what the image says)' },
    { flags: '--class NAME', summary: 'storage class (default: the default one)', completion: 'storageclass' },
    { flags: '--checksum SUM', summary: 'the file must have it, like sha256:…; checked before anything is sent' },
    { flags: '--upload-url URL', summary: 'the upload proxy (default: what the cluster says)' },
    { flags: '--upload-ca FILE', summary: 'certificates of the upload proxy to trust (PEM)', completion: 'file' },
    { flags: '--insecure-upload', summary: 'take any certificate of the upload proxy' },
    ...connectionOptions,
  ],
  examples: ['disk upload debian.qcow2 root', 'disk upload installer.iso.xz installer --size 2Gi'],
  async run(input, context) {
    const { uploadDisk } = await import('../transfers/upload.ts')
    await uploadDisk(input, context)
  },
}

export const diskDownload: CommandSpec = {
  name: 'disk download',
  summary: 'fetch a disk into a file on this computer',
  description:
    'NAME is a disk, a VM that is off, or with --snapshot a snapshot of a VM. The file gets its name when it is whole; called again after a ' +
    'broken connection it goes on where it was.',
  args: [{ name: 'NAME', summary: 'the disk, VM or snapshot', completion: 'disk' }],
  options: [
    {
      flags: '-o, --output-file FILE',
      summary: 'where to (default: NAME with the ending of the format)',
      completion: 'file',
    },
    {
      flags: '--format FORMAT',
      summary: 'of the file (default: qcow2 where the server has it, otherwise gz)',
      choices: ['qcow2', 'raw', 'gz', 'tar.gz'],
    },
    { flags: '--disk NAME', summary: 'which disk, when a VM or a snapshot has several' },
    { flags: '--snapshot', summary: 'NAME is a snapshot' },
    insecureOption,
    { flags: '--timeout DURATION', summary: 'how long to wait for the server', default: '5m' },
    ...connectionOptions,
  ],
  examples: [
    'disk download data -o data.qcow2',
    'disk download web --disk root --format raw',
    'disk download before-upgrade --snapshot',
  ],
  async run(input, context) {
    const { downloadDisk } = await import('../transfers/download.ts')
    await downloadDisk(input, context)
  },
}
