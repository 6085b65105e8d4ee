/**
 * Makes a disk of ours from a file of unknown origin. Nothing reads the file before its header was looked at; what reads it then runs
 * without privileges, gets that file and the new disk as open files and no other, and is bounded in time, memory and what it writes.
 *
 * The disk is written anew also from a file that could be taken as it is: the tables of a stranger's qcow2 stay the stranger's after any
 * check, and whatever grows, merges or copies disks later reads them with the engine's rights. A second copy costs less than that.
 */

import { constants } from 'node:fs'
import { open, rm, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { targetCacheArgs } from '../direct-writes.ts'
import { ImagingError } from '../errors.ts'
import { requireFreeBytes } from '../free-space.ts'
import type { OnProgress } from '../progress.ts'
import { createImage, parseProgress, type DiskFormat, type ImageFormat } from '../qemu-img.ts'
import { runProcess, type ProcessLimits } from '../run-process.ts'
import { inspectUntrusted, type UntrustedImage } from './inspect-untrusted.ts'
import { compressionOf, unpack } from './unpack.ts'
import { workUser } from './work-user.ts'

export interface ImportImageRequest {
  /** Of any format and compression. */
  source: string
  /** The new disk: a path where nothing is. */
  target: { path: string; format: DiskFormat }
  /** Of the new disk; an image of a larger one is refused. */
  sizeBytes: number
  /** The new disk is as large as the image says, instead of larger. */
  keepsSize?: true
  /** A folder of the caller's own, for what is unpacked on the way; left as it was. */
  scratch: string
  /** What the source is called in messages, which never show paths of this host. */
  what: string
  onProgress?: OnProgress
  signal?: AbortSignal
}

const GiB = 1024 ** 3
const checkLimits: ProcessLimits = { cpuSeconds: 600, addressSpaceBytes: 2 * GiB, fileSizeBytes: 1 }
const convertMs = 6 * 3600_000
const checkMs = 1800_000
/** Formats that qemu-img can check; the others have no tables that could be wrong, or none that it reads. */
const checkable: readonly ImageFormat[] = ['qcow2', 'vdi', 'vmdk', 'vhdx']
/** An image has tables beside its data, and may keep snapshots that are not brought along. */
const overhead = (sizeBytes: number): number => sizeBytes * 1.25 + 256 * 1024 ** 2

/**
 * @returns what the source was
 * @throws {ImagingError} UnknownFormat, HostileImage, CorruptData, TooLarge (its disk is larger than `sizeBytes`), NoSpace, TimedOut,
 *   Aborted, AlreadyExists, ToolMissing, ToolFailed
 */
export async function importImage(request: ImportImageRequest): Promise<UntrustedImage> {
  const { source, scratch, what, sizeBytes, signal, onProgress } = request
  const unpacked = join(scratch, 'unpacked')
  await rm(unpacked, { force: true })
  try {
    let file = source
    if ((await compressionOf(source)) !== 'plain') {
      const maxBytes = Math.ceil(overhead(sizeBytes))
      await unpack({
        source,
        target: unpacked,
        what,
        maxBytes,
        ...(signal === undefined ? {} : { signal }),
        ...(onProgress === undefined ? {} : { onProgress }),
      })
      file = unpacked
    }
    const image = await inspectUntrusted(file)
    if (image.virtualSizeBytes > sizeBytes) throw tooSmall(what, image.virtualSizeBytes, sizeBytes)
    await requireFreeBytes(scratch, 64 * 1024 ** 2, `importing ${what}`)
    const size = request.keepsSize === true ? image.virtualSizeBytes : sizeBytes
    await convertUntrusted({ ...request, sizeBytes: size, source: file, format: image.format })
    return image
  } catch (error) {
    throw withoutPaths(error, [unpacked, source, request.target.path], what)
  } finally {
    await rm(unpacked, { force: true })
  }
}

function tooSmall(what: string, has: number, asked: number): ImagingError {
  return new ImagingError(
    'TooLarge',
    `${what} holds a disk of ${sizeText(has)}, more than the ${sizeText(asked)} asked for`,
    { remedy: `Ask for at least ${Math.ceil(has / 1024 ** 2)}Mi of storage.` },
  )
}

/** For people, and exactly: `64 MiB (67108864 bytes)`. */
function sizeText(bytes: number): string {
  const [unit, name] = bytes < 1024 ** 3 ? [1024 ** 2, 'MiB'] : [1024 ** 3, 'GiB']
  return `${Number((bytes / unit).toFixed(1))} ${name} (${bytes} bytes)`
}

/** Who brought the image knows its address, not where it lies on this host. */
function withoutPaths(error: unknown, paths: readonly string[], what: string): unknown {
  if (!(error instanceof ImagingError)) return error
  const message = [...paths, ...descriptorPaths].reduce((text, path) => text.replaceAll(path, what), error.message)
  if (message === error.message) return error
  const { code, remedy } = error
  return new ImagingError(code, message, { cause: error, ...(remedy === undefined ? {} : { remedy }) })
}

/** How a program names the files it was handed; opening these asks for rights to the file only, not to the folders it lies in. */
const descriptorPaths = ['/proc/self/fd/3', '/proc/self/fd/4'] as const

type Conversion = ImportImageRequest & { format: ImageFormat }

async function convertUntrusted(conversion: Conversion): Promise<void> {
  const { source, target, sizeBytes } = conversion
  // Made by us and empty: the program that reads the stranger's image fills it, and has no say in its header's promises.
  await createImage({ path: target.path, format: target.format, sizeBytes })
  const [from, to] = descriptorPaths
  const files: FileHandle[] = []
  const user = workUser()
  const made = await open(target.path, constants.O_RDWR | constants.O_NOFOLLOW)
  try {
    const given = await open(source, constants.O_RDONLY | constants.O_NOFOLLOW)
    files.push(given, made)
    if (user !== undefined) {
      // Several imports may read one file, each as another user. The folders it lies in let none of them near it by name.
      await given.chmod((await given.stat()).mode | constants.S_IROTH)
      await made.chown(user.uid, user.gid)
    }
    const handed = { files: files.map(({ fd }) => fd), ...(user === undefined ? {} : { user }) }
    if (checkable.includes(conversion.format)) await check(conversion, from, handed)
    const cache = await targetCacheArgs({ ...target, sizeBytes })
    await convert(conversion, { from, to, cache, ...handed })
  } catch (error) {
    await rm(target.path, { force: true })
    throw error
  } finally {
    if (user !== undefined) await made.chown(process.getuid?.() ?? 0, process.getgid?.() ?? 0)
    for (const file of new Set([made, ...files])) await file.close()
  }
}

interface Handed {
  files: number[]
  user?: { uid: number; gid: number }
}

/** What is cut off would otherwise be read as zeros, and tables that point at each other as data. */
async function check({ format, what, signal }: Conversion, from: string, handed: Handed): Promise<void> {
  const { exitCode, stdout, stderr } = await runProcess({
    command: 'qemu-img',
    args: ['check', '-U', '-f', format, '--', from],
    purpose: `checking ${what}`,
    limits: checkLimits,
    timeoutMs: checkMs,
    endsWithUs: true,
    // qemu-img(1): 2 is corrupt, 3 has leaked clusters, 63 cannot be checked.
    okExitCodes: [0, 2, 3, 63],
    ...handed,
    ...(signal === undefined ? {} : { signal }),
  })
  if (exitCode !== 2) return
  const [words = ''] = `${stdout}${stderr}`.split('\n').filter((line) => /error|corrupt/i.test(line))
  throw new ImagingError('CorruptData', `${what} is damaged or cut off: ${words.slice(0, 200)}`, {
    remedy: 'Compare it with what its publisher gives, and bring it again.',
  })
}

async function convert(
  conversion: Conversion,
  handed: Handed & { from: string; to: string; cache: string[] },
): Promise<void> {
  const { format, target, what, sizeBytes, signal, onProgress } = conversion
  const { from, to, cache, ...given } = handed
  const flags = ['-p', '-W', '-U', '-n', '--target-is-zero', ...cache]
  let reported = -1
  await runProcess({
    command: 'qemu-img',
    args: ['convert', ...flags, '-f', format, '-O', target.format, '--', from, to],
    purpose: `converting ${what}`,
    limits: { cpuSeconds: 7200, addressSpaceBytes: 4 * GiB, fileSizeBytes: Math.ceil(overhead(sizeBytes)) },
    timeoutMs: convertMs,
    endsWithUs: true,
    ...given,
    ...(signal === undefined ? {} : { signal }),
    onLine: (line) => {
      const done = Math.floor(parseProgress(line) ?? -1)
      if (done <= reported) return
      reported = done
      onProgress?.({ step: `Converting ${what}`, done, total: 100 })
    },
  })
}
