/** Images on top of others: made, merged and compared. Backing images are named as the header is to name them. */

import { ImagingError } from './errors.ts'
import { safeImagePath } from './image-path.ts'
import {
  inspectLimits,
  longMs,
  parseProgress,
  qemuImg,
  quickMs,
  refuseExisting,
  requireFile,
  wholeSize,
  workLimits,
  type DiskFormat,
  type ImageRef,
} from './qemu-img.ts'

export interface NamedBacking {
  /** A plain name in the folder of the image on top. */
  name: string
  format: DiskFormat
}

interface Work {
  signal?: AbortSignal
  /** 0 to 1. */
  onProgress?: (share: number) => void
}

/**
 * An empty qcow2 image that reads as `backing`, which is not looked at: it takes the same time whatever lies below.
 * @throws {ImagingError} AlreadyExists, InvalidArgument, NoSpace, ToolMissing, ToolFailed
 */
export async function createEmptyOverlay(request: {
  path: string
  backing: NamedBacking
  sizeBytes: number
  signal?: AbortSignal
}): Promise<void> {
  const path = safeImagePath(request.path)
  const { name, format } = checked(request.backing)
  const size = String(wholeSize(request.sizeBytes))
  await refuseExisting(path)
  await qemuImg({
    args: ['create', '-q', '-u', '-f', 'qcow2', '-b', name, '-F', format, '--', path, size],
    purpose: `creating ${path}`,
    limits: inspectLimits,
    timeoutMs: quickMs,
    signal: request.signal,
  })
}

/**
 * The image takes in what lies between it and `backing` (everything below it when absent), and then lies on that. No VM uses it.
 * Ended half-way it may name the new backing without having everything on disk: then, and as long as the old backing is there,
 * `renameBacking` to the old one makes it right again.
 * @throws {ImagingError} NotFound, InvalidArgument, NoSpace, ToolMissing, ToolFailed, TimedOut, Aborted
 */
export async function rebaseImage(request: { path: string; backing?: NamedBacking } & Work): Promise<void> {
  const path = safeImagePath(request.path)
  await requireFile(path)
  await qemuImg({
    args: ['rebase', '-p', '-f', 'qcow2', ...backingArgs(request.backing), '--', path],
    purpose: `merging what lies below ${path} into it`,
    ...long(request),
  })
}

/**
 * Changes what the image calls the one it lies on, and nothing else: for names of the same content.
 * @throws {ImagingError} NotFound, InvalidArgument, ToolMissing, ToolFailed
 */
export async function renameBacking(request: { path: string; backing: NamedBacking }): Promise<void> {
  const path = safeImagePath(request.path)
  await requireFile(path)
  await qemuImg({
    args: ['rebase', '-u', '-f', 'qcow2', ...backingArgs(request.backing), '--', path],
    purpose: `naming what lies below ${path}`,
    limits: inspectLimits,
    timeoutMs: quickMs,
  })
}

/**
 * The content of an image goes down into the one it lies on, which grows to its size. The image stays as it is, and reads the same at
 * every moment; what it lies on does not. No VM uses either.
 * @throws {ImagingError} NotFound, InvalidArgument, NoSpace, ToolMissing, ToolFailed, TimedOut, Aborted
 */
export async function commitImage(request: { path: string } & Work): Promise<void> {
  const path = safeImagePath(request.path)
  await requireFile(path)
  await qemuImg({
    args: ['commit', '-p', '-d', '-f', 'qcow2', '--', path],
    purpose: `merging ${path} into what lies below it`,
    ...long(request),
  })
}

/**
 * Whether guests would read the same from both; a longer one must have zeroes at its end.
 * @throws {ImagingError} NotFound, InvalidArgument, ToolMissing, ToolFailed, TimedOut, Aborted
 */
export async function compareImages(one: ImageRef, other: ImageRef, signal?: AbortSignal): Promise<boolean> {
  const paths = [safeImagePath(one.path), safeImagePath(other.path)]
  for (const path of paths) await requireFile(path)
  const { exitCode } = await qemuImg({
    args: ['compare', '-q', '-U', '-f', one.format, '-F', other.format, '--', ...paths],
    purpose: `comparing ${paths.join(' and ')}`,
    limits: workLimits,
    timeoutMs: longMs,
    signal,
    // qemu-img(1): 1 is a difference.
    okExitCodes: [0, 1],
  })
  return exitCode === 0
}

function long({ signal, onProgress }: Work) {
  return {
    limits: workLimits,
    timeoutMs: longMs,
    signal,
    onLine: (line: string) => {
      const percent = parseProgress(line)
      if (percent !== undefined) onProgress?.(percent / 100)
    },
  }
}

function backingArgs(backing: NamedBacking | undefined): string[] {
  if (backing === undefined) return ['-b', '']
  const { name, format } = checked(backing)
  return ['-b', name, '-F', format]
}

/** QEMU reads such names as protocols, options and JSON, too. */
function checked(backing: NamedBacking): NamedBacking {
  if (/^[a-z0-9][a-z0-9.-]*$/i.test(backing.name)) return backing
  throw new ImagingError('InvalidArgument', `${JSON.stringify(backing.name)} is not a plain name of an image`)
}
