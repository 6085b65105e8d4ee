/** The programs of the inspector guest that busybox has not, or has in a simpler form, with the libraries they load. */

import { mkdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { downloadPackages, showPackages } from '../apt.ts'
import type { CpioEntry } from '../cpio.ts'
import { readDeb } from '../deb.ts'
import { ImagingError } from '../errors.ts'

const programs = ['lsblk', 'lscpu', 'dmidecode', 'qemu-ga']

/** Those that hold the programs, then those of their libraries; names differ between distributions, unknown ones are skipped. */
const packages = [
  'util-linux',
  'dmidecode',
  'qemu-guest-agent',
  'libc6',
  'libblkid1',
  'libcap2',
  'libglib2.0-0',
  'libglib2.0-0t64',
  'libmount1',
  'libnuma1',
  'libpcre2-8-0',
  'libselinux1',
  'libsmartcols1',
  'libsystemd0',
  'libtinfo6',
  'libudev1',
  'liburing2',
  'libuuid1',
  'zlib1g',
]

const loader = 'ld-linux-x86-64.so.2'
/** Libraries of the base system that none of the programs loads. */
const unneeded = /^lib(?:BrokenLocale|anl|memusage|mvec|nsl|nss_hesiod|pcprofile|thread_db|gio|gobject|gthread)/

/**
 * @param work a folder to download into
 * @throws {ImagingError} PackagesUnavailable, CorruptData
 */
export async function readInspectorTools(work: string, signal?: AbortSignal): Promise<CpioEntry[]> {
  const folder = join(work, 'tools')
  await mkdir(folder)
  const known = await showPackages(packages, signal)
  const names = packages.filter((name) => known.some((entry) => entry.name === name))
  const entries = new Map<string, CpioEntry>()
  for (const deb of await downloadPackages({ names, directory: folder, signal })) {
    await readDeb({
      deb,
      signal,
      wanted: (path) => placeOf(path) !== undefined,
      onFile(path, content) {
        const place = placeOf(path)
        if (place === undefined) return
        entries.set(place, { kind: 'file', path: place, content, mode: 0o755 })
        // Programs ask for `libx.so.1`; the package brings `libx.so.1.2.3` and a link.
        const link = /^(.*\.so\.\d+)\.[\d.]+$/.exec(place)?.[1]
        if (link !== undefined) entries.set(link, { kind: 'symlink', path: link, target: basename(place) })
      },
    })
  }
  for (const program of programs) {
    if (!entries.has(`bin/${program}`)) {
      throw new ImagingError('CorruptData', `the packages ${names.join(', ')} have no ${program}`)
    }
  }
  return [...entries.values()]
}

/** Where a file of a package goes in the guest; undefined when it is not taken. */
function placeOf(path: string): string | undefined {
  const name = basename(path)
  if (/^(?:usr\/)?s?bin\/[^/]+$/.test(path)) return programs.includes(name) ? `bin/${name}` : undefined
  if (!/^(?:usr\/)?lib\/x86_64-linux-gnu\/[^/]+\.so(?:\.|$)/.test(path) || unneeded.test(name)) return undefined
  return name === loader ? `lib64/${name}` : `lib/${name}`
}
