/** Builds a Debian cloud image from Debian's packages: boots by BIOS and UEFI, set up by cloud-init, with the guest agent. */

import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, unlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { ImagingError } from '../errors.ts'
import type { OnProgress } from '../progress.ts'
import { convertImage } from '../qemu-img.ts'
import { findProgram, runProcess } from '../run-process.ts'
import { assembleDisk } from './disk.ts'
import { archiveKeyring, grubDirectories, packagesNeeded, tools } from './packages-needed.ts'
import { installDebian, unpackTree } from './root-tree.ts'
import { findUserMode, type UserMode } from './user-mode.ts'

/** Releases that are known to work. */
export const debianReleases = ['bookworm'] as const
export type DebianRelease = (typeof debianReleases)[number]

export interface DebianImageRequest {
  release: DebianRelease
  /** The qcow2 image to make; appears complete or not at all. */
  target: string
  /** Virtual size, 2 to 2048; the root file system fills it, and grows when the disk is larger. 3 unless given. */
  sizeGiB?: number
  onProgress?: OnProgress
  signal?: AbortSignal
}

/**
 * Builds the image; takes one to three minutes and 2 GB in the temporary directory.
 * @throws {ImagingError} Unsupported, ToolMissing, ToolFailed, InvalidArgument, AlreadyExists, NoSpace, TimedOut, Aborted
 */
export async function buildDebianImage(request: DebianImageRequest): Promise<void> {
  const { release, onProgress, signal, sizeGiB = 3 } = request
  const target = resolve(request.target)
  if (!Number.isInteger(sizeGiB) || sizeGiB < 2 || sizeGiB > 2048) {
    throw new ImagingError('InvalidArgument', `${sizeGiB} is not a size of 2 to 2048 GiB`)
  }
  if (process.arch !== 'x64') {
    throw new ImagingError('Unsupported', `Debian images are built on x86-64 only; this machine is ${process.arch}`)
  }
  const userMode = await findUserMode(signal)
  requireTools(userMode)
  await mkdir(dirname(target), { recursive: true })
  // Not beside the target: that may be in a home directory, which the user numbers of the namespace cannot enter.
  const work = await mkdtemp(join(tmpdir(), 'berth-debian-'))
  const tree = join(work, 'tree')
  try {
    const rootUuid = randomUUID()
    await allowNamespace(work, userMode)
    const archive = await installDebian({ release, rootUuid, work, userMode, onProgress, signal })
    onProgress?.({ step: 'Unpacking the root file system' })
    await unpackTree({ archive, directory: tree, userMode, signal })
    await unlink(archive)
    onProgress?.({ step: 'Making the disk' })
    const disk = join(work, 'disk.raw')
    await assembleDisk({ path: disk, sizeBytes: sizeGiB * 1024 ** 3, tree, rootUuid, work, userMode, signal })
    onProgress?.({ step: 'Compressing the image', done: 0, total: 100 })
    await convertImage({
      source: { path: disk, format: 'raw' },
      target: { path: target, format: 'qcow2', compress: true },
      onProgress: (progress) => onProgress?.({ ...progress, step: 'Compressing the image' }),
      signal,
    })
  } finally {
    await removeTree(work, userMode)
  }
}

// mkdtemp makes the directory private to us; the namespace's owners must be able to pass through it.
async function allowNamespace(work: string, userMode: UserMode): Promise<void> {
  if (userMode.kind === 'namespace') await chmod(work, 0o711)
}

/** As the namespace's root, since the files belong to many owners; without a signal, so that a cancelled build cleans up. */
async function removeTree(tree: string, userMode: UserMode): Promise<void> {
  const [command, args] = userMode.wrap('rm', ['-rf', '--', tree])
  await runProcess({ command, args, purpose: `removing ${tree}`, timeoutMs: 120_000 })
}

function requireTools(userMode: UserMode): void {
  const needed = tools.filter((tool) => userMode.kind !== 'root' || !tool.ordinaryUserOnly)
  const files = [join(grubDirectories.bios, 'boot.img'), join(grubDirectories.uefi, 'linux.mod'), archiveKeyring]
  const missing = [
    ...needed.map(({ program }) => program).filter((program) => findProgram(program) === undefined),
    ...files.filter((file) => !existsSync(file)),
  ]
  if (missing.length === 0) return
  throw new ImagingError('ToolMissing', `building a Debian image needs ${missing.join(', ')}`, {
    remedy: `Run: sudo apt-get install --no-install-recommends ${packagesNeeded().join(' ')}`,
  })
}
