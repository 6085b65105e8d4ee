/** Options of commands that fill a disk from elsewhere. */

import type { OptionSpec } from '../command.ts'

/** How the server behind a URL is signed in to, and whom to trust for its certificate. */
export const accessOptions: readonly OptionSpec[] = [
  { flags: '--secret NAME', summary: 'Secret with accessKeyId and secretKey, for a URL that needs sign-in' },
  { flags: '--certificates NAME', summary: 'ConfigMap with the certificates to trust for the URL' },
]

export const sourceOptions: readonly OptionSpec[] = [
  { flags: '--from DISK', summary: 'a copy of this disk, or of NAMESPACE/DISK', completion: 'disk' },
  {
    flags: '--from-snapshot NAME',
    summary:
      'a copy of the disk in this snapshot of a VM (SNAPSHOT/DISK where it has several), or of this VolumeSnapshot',
    completion: 'snapshot',
  },
  { flags: '--url URL', summary: 'filled from here: https://, s3:// or docker://' },
  { flags: '--checksum SUM', summary: 'what is at an https:// URL must have it, like sha256:…' },
  ...accessOptions,
]
