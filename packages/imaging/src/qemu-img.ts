/** Typed front of qemu-img: formats always explicit, paths never options, bounded time, CPU and memory, progress. */

import { randomUUID } from 'node:crypto'
import { lstat, rename, rm } from 'node:fs/promises'
import { ImagingError } from './errors.ts'
import { safeImagePath } from './image-path.ts'
import type { OnProgress } from './progress.ts'
import { parseImageInfo, type ImageInfo } from './qemu-img-info.ts'
import { type ProcessLimits, runProcess, type RunResult } from './run-process.ts'

/** Formats Berth keeps disks in. */
export type DiskFormat = 'qcow2' | 'raw'
/** Formats it also reads when importing. */
export type ImageFormat = DiskFormat | 'vmdk' | 'vhdx' | 'vpc' | 'vdi'

export interface ImageRef {
  path: string
  format: ImageFormat
}

const GiB = 1024 ** 3
/** Images are hostile input: a crafted one must not eat the host. The limits are those OpenStack settled on, for 64-bit. */
export const inspectLimits: ProcessLimits = { cpuSeconds: 30, addressSpaceBytes: 1 * GiB }
export const workLimits: ProcessLimits = { cpuSeconds: 3600, addressSpaceBytes: 4 * GiB }
export const quickMs = 60_000
export const longMs = 6 * 3600_000

export interface Call {
  args: readonly string[]
  purpose: string
  limits: ProcessLimits
  timeoutMs: number
  signal?: AbortSignal
  okExitCodes?: readonly number[]
  onLine?: (line: string) => void
}

export async function qemuImg(call: Call): Promise<RunResult> {
  // A killed engine must not leave it writing to what the next one has in hand.
  return runProcess({ command: 'qemu-img', endsWithUs: true, ...call })
}

/**
 * Creates an empty image.
 * @throws {ImagingError} AlreadyExists, InvalidArgument, NoSpace, ToolMissing, ToolFailed
 */
export async function createImage(request: {
  path: string
  format: DiskFormat
  sizeBytes: number
  signal?: AbortSignal
}): Promise<void> {
  const path = safeImagePath(request.path)
  await refuseExisting(path)
  await qemuImg({
    args: ['create', '-q', '-f', request.format, '--', path, String(wholeSize(request.sizeBytes))],
    purpose: `creating ${path}`,
    limits: inspectLimits,
    timeoutMs: quickMs,
    signal: request.signal,
  })
}

/**
 * Creates a qcow2 image that holds only the differences to `backing`.
 * @throws {ImagingError} AlreadyExists, NotFound, InvalidArgument, NoSpace, ToolMissing, ToolFailed
 */
export async function createOverlay(request: {
  path: string
  backing: { path: string; format: DiskFormat }
  /** Larger than the backing image to grow it; its size unless given. */
  sizeBytes?: number
  signal?: AbortSignal
}): Promise<void> {
  const path = safeImagePath(request.path)
  const backing = safeImagePath(request.backing.path)
  await refuseExisting(path)
  await requireFile(backing)
  const size = request.sizeBytes === undefined ? [] : [String(wholeSize(request.sizeBytes))]
  await qemuImg({
    args: ['create', '-q', '-f', 'qcow2', '-b', backing, '-F', request.backing.format, '--', path, ...size],
    purpose: `creating ${path} on top of ${backing}`,
    limits: inspectLimits,
    timeoutMs: quickMs,
    signal: request.signal,
  })
}

/**
 * What qemu-img says about an image. For images of unknown origin call `inspectUntrusted` first.
 * @throws {ImagingError} NotFound, CorruptData, InvalidArgument, ToolMissing, ToolFailed
 */
export async function imageInfo(
  request: ImageRef & {
    /** A VM may be writing to it. */
    inUse?: boolean
    signal?: AbortSignal
  },
): Promise<ImageInfo> {
  const path = safeImagePath(request.path)
  await requireFile(path)
  const share = request.inUse ? ['-U'] : []
  const { stdout } = await qemuImg({
    args: ['info', ...share, '-f', request.format, '--output=json', '--', path],
    purpose: `reading ${path}`,
    limits: inspectLimits,
    timeoutMs: quickMs,
    signal: request.signal,
  })
  return parseImageInfo(path, stdout)
}

/**
 * Copies an image into another format. The target appears complete or not at all.
 * @throws {ImagingError} NotFound, AlreadyExists, InvalidArgument, NoSpace, ToolMissing, ToolFailed, TimedOut, Aborted
 */
export async function convertImage(request: {
  source: ImageRef
  /** `compress` (qcow2 only) makes it small; a guest still writes to it as usual. */
  target: { path: string; format: DiskFormat; compress?: boolean }
  /** `done` of `total` 100. */
  onProgress?: OnProgress
  signal?: AbortSignal
  /** 6 hours unless given. */
  timeoutMs?: number
}): Promise<void> {
  const source = safeImagePath(request.source.path)
  const target = safeImagePath(request.target.path)
  const partial = `${target}.partial-${randomUUID()}`
  const step = `Converting ${source}`
  const compression = request.target.compress ? ['-c', '-o', 'compression_type=zstd'] : []
  let reported = -1
  const formats = ['-f', request.source.format, '-O', request.target.format]
  await requireFile(source)
  await refuseExisting(target)
  try {
    // -W, writing out of order, uses the disk better; the target is private until it is renamed.
    await qemuImg({
      args: ['convert', '-p', '-W', ...compression, ...formats, '--', source, partial],
      purpose: `converting ${source} to ${target}`,
      limits: workLimits,
      timeoutMs: request.timeoutMs ?? longMs,
      signal: request.signal,
      onLine: (line) => {
        const done = Math.floor(parseProgress(line) ?? -1)
        // qemu-img tells hundredths of a percent; nobody wants ten thousand reports.
        if (done <= reported) return
        reported = done
        request.onProgress?.({ step, done, total: 100 })
      },
    })
    await rename(partial, target)
  } finally {
    await rm(partial, { force: true })
  }
}

/** `(12.50/100%)`, as `-p` prints it, is 12.5. */
export function parseProgress(line: string): number | undefined {
  const match = /\((\d+(?:\.\d+)?)\/100%\)/.exec(line)
  return match ? Math.min(100, Number(match[1])) : undefined
}

/**
 * Grows an image to a new virtual size; shrinking cuts data off and is refused unless `shrink`.
 * @throws {ImagingError} NotFound, InvalidArgument, NoSpace, ToolMissing, ToolFailed
 */
export async function resizeImage(request: {
  path: string
  format: DiskFormat
  sizeBytes: number
  shrink?: boolean
  signal?: AbortSignal
}): Promise<void> {
  const path = safeImagePath(request.path)
  const sizeBytes = wholeSize(request.sizeBytes)
  const { virtualSizeBytes } = await imageInfo(request)
  if (sizeBytes === virtualSizeBytes) return
  if (sizeBytes < virtualSizeBytes && !request.shrink) {
    throw new ImagingError(
      'InvalidArgument',
      `${path} has ${virtualSizeBytes} bytes; ${sizeBytes} would cut data off`,
      {
        remedy: 'Give a larger size.',
      },
    )
  }
  await qemuImg({
    args: [
      'resize',
      '-q',
      ...(request.shrink ? ['--shrink'] : []),
      '-f',
      request.format,
      '--',
      path,
      String(sizeBytes),
    ],
    purpose: `resizing ${path}`,
    limits: inspectLimits,
    timeoutMs: quickMs,
    signal: request.signal,
  })
}

export interface CheckResult {
  /** `leaks` wastes space only; `corrupt` loses data. */
  state: 'clean' | 'leaks' | 'corrupt'
  /** qemu-img's words. */
  report: string
}

/**
 * Checks the inner consistency of a qcow2 image that no VM uses.
 * @throws {ImagingError} NotFound, InvalidArgument, ToolMissing, ToolFailed
 */
export async function checkImage(request: { path: string; signal?: AbortSignal }): Promise<CheckResult> {
  const path = safeImagePath(request.path)
  await requireFile(path)
  const { exitCode, stdout, stderr } = await qemuImg({
    args: ['check', '-f', 'qcow2', '--', path],
    purpose: `checking ${path}`,
    limits: workLimits,
    timeoutMs: longMs,
    signal: request.signal,
    // qemu-img(1): 2 is corrupt, 3 is leaked clusters.
    okExitCodes: [0, 2, 3],
  })
  const states = { 2: 'corrupt', 3: 'leaks' } as const
  const state = exitCode === 2 || exitCode === 3 ? states[exitCode] : 'clean'
  return { state, report: `${stdout}${stderr}`.trim() }
}

export function wholeSize(bytes: number): number {
  if (!Number.isSafeInteger(bytes) || bytes <= 0) {
    throw new ImagingError('InvalidArgument', `${bytes} is not a size of a disk in bytes`)
  }
  // QEMU's block layer counts in sectors.
  return Math.ceil(bytes / 512) * 512
}

export async function refuseExisting(path: string): Promise<void> {
  const there = await lstat(path).catch(() => undefined)
  if (there) {
    throw new ImagingError('AlreadyExists', `${path} exists already`, { remedy: 'Choose another path or remove it.' })
  }
}

export async function requireFile(path: string): Promise<void> {
  const there = await lstat(path).catch(() => undefined)
  if (!there) throw new ImagingError('NotFound', `there is no image at ${path}`)
}
