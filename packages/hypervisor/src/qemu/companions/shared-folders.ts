/**
 * Folders shared with the guest by virtiofsd, one process each. It serves a copy that is made for this run, from a user namespace of
 * its own in which it is root and outside of which it is nobody but the machine's user; then it locks itself into the copy (own
 * mounts, processes and network, seccomp).
 */

import { chmod, copyFile, lstat, mkdir, readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { DriverError } from '../../driver.ts'
import type { FirmwareSpec } from '../../spec/firmware.ts'
import { json, option } from '../arguments/escape.ts'
import type { PciPlaces } from '../arguments/pcie.ts'
import type { Companion } from './companion.ts'

const socket = 'fs.sock'
const copyFolder = 'files'
/** Sources are config maps and the like, which Kubernetes bounds to a mebibyte each. */
const mostFiles = 4096
const mostBytes = 64 * 1024 * 1024
const deepest = 8

export function sharedFolderCompanions({ sharedFolders = [] }: FirmwareSpec, program: string): Companion[] {
  return sharedFolders.map(({ tag, path }, index) => ({
    name: nameOf(index),
    title: `the server of the shared folder ${tag}`,
    async plan({ folder }) {
      await copyTree(path, join(folder, copyFolder))
      return { ...commandLine(program), handles: [] }
    },
  }))
}

export function sharedFolderArguments({ sharedFolders = [] }: FirmwareSpec, places: PciPlaces): string[] {
  return sharedFolders.flatMap(({ tag }, index) => [
    '-chardev',
    option('socket', { id: nameOf(index), path: join(nameOf(index), socket) }),
    '-device',
    json({
      driver: 'vhost-user-fs-pci',
      id: `shared-${nameOf(index)}`,
      ...places.express(),
      chardev: nameOf(index),
      tag,
      'queue-size': 1024,
    }),
  ])
}

function nameOf(index: number): string {
  return `fs${index}`
}

/** Where the copy is mounted for the server. */
const served = '/run/files'
/**
 * Gives the server a /run of its own, since QEMU's virtiofsd (to 7.2) insists on a lock file there, and mounts the copy into it so that
 * nobody can write, whoever owns the files. The text is fixed; all that varies are the arguments behind it, which it only passes on.
 */
const prepare = [
  'mount -t tmpfs none /run',
  `mkdir ${served}`,
  `mount --bind ${copyFolder} ${served}`,
  `mount -o remount,bind,ro ${served}`,
  'exec "$@"',
].join(' && ')

/** Root in it, the machine's user outside of it. */
const namespace = ['--user', '--map-root-user', '--mount']

function commandLine(program: string): { command: string; args: string[] } {
  const server = isRust(program)
    ? ['--shared-dir', served, '--sandbox=namespace', '--log-level=error']
    : ['-o', `source=${served},sandbox=namespace,log_level=err`]
  return {
    command: 'unshare',
    args: [...namespace, 'sh', '-c', prepare, 'sh', program, `--socket-path=${socket}`, ...server],
  }
}

/** Where the distributions put the one written in Rust; the other one is in QEMU's own folder. */
function isRust(program: string): boolean {
  return basename(join(program, '..')) === 'libexec' || program.includes('/virtiofsd/')
}

/** Of whatever is neither a file nor a folder there is no copy. Everyone may read it: the machine's user is another than the driver's. */
async function copyTree(from: string, to: string): Promise<void> {
  const left = { files: mostFiles, bytes: mostBytes }
  const tooMuch = (): DriverError =>
    new DriverError('InvalidSpec', `the folder ${from} is too large to be shared`, {
      remedy: `At most ${mostFiles} files with ${mostBytes / 1024 ** 2} MiB can be shared; put more on a disk.`,
    })
  async function copy(source: string, target: string, depth: number): Promise<void> {
    left.files -= 1
    if (left.files < 0 || depth > deepest) throw tooMuch()
    const { size, mode, ...info } = await lstat(source).then((stat) => ({
      size: stat.size,
      mode: stat.mode,
      isFile: stat.isFile(),
      isFolder: stat.isDirectory(),
    }))
    if (info.isFile) {
      left.bytes -= size
      if (left.bytes < 0) throw tooMuch()
      await copyFile(source, target)
      await chmod(target, 0o444 | (mode & 0o111))
    } else if (info.isFolder) {
      await mkdir(target, { mode: 0o700 })
      for (const name of await readdir(source)) await copy(join(source, name), join(target, name), depth + 1)
      await chmod(target, 0o755)
    }
  }
  await copy(from, to, 0)
}
