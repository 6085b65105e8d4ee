/** What a machine takes from a container image: one disk, or a kernel with its RAM disk. */

import { ImagingError } from '../errors.ts'
import type { ExtractedFile } from '../oci/extract-files.ts'
import type { FileTree, TreeFile } from '../oci/file-tree.ts'
import { inspectUntrusted } from '../untrusted/inspect-untrusted.ts'
import type { DiskFormat } from '../qemu-img.ts'

export type ContentRequest =
  /** `path` of the image; without it the one file in `/disk`. */
  { kind: 'disk'; path?: string } | { kind: 'kernel'; kernelPath?: string; initrdPath?: string }

export interface ContentFile {
  /** Absolute path on this host. Never write to it. */
  path: string
  bytes: number
  /** CRC-32 of the content. */
  crc32: number
  /** Of disks. */
  format?: DiskFormat
}

/** Where KubeVirt looks for the disk when the spec names no path. */
const diskFolder = '/disk'
/** Far above any kernel or RAM disk; both are loaded into the guest's memory. */
const maxKernelBytes = 1024 ** 3

/** True for the paths that are most likely the ones wanted, so that most images are read once. */
export function likelyFor(content: ContentRequest): (path: string) => boolean {
  const paths = wantedPaths(content).map(([, path]) => path.replace(/^\/+/, ''))
  if (content.kind === 'disk' && content.path === undefined) return (path) => /^disk\/[^/]+$/.test(path)
  return (path) => paths.includes(path)
}

/**
 * The files by the names they get on this host.
 * @throws {ImagingError} UnknownFormat, TooLarge
 */
export function chooseContent(tree: FileTree, content: ContentRequest): Map<string, TreeFile> {
  if (content.kind === 'disk' && content.path === undefined) return new Map([['disk', onlyDisk(tree)]])
  return new Map(wantedPaths(content).map(([name, path]) => [name, fileAt(tree, path, content.kind)]))
}

function wantedPaths(content: ContentRequest): [string, string][] {
  const named: [string, string | undefined][] =
    content.kind === 'disk'
      ? [['disk', content.path]]
      : [
          ['kernel', content.kernelPath],
          ['initrd', content.initrdPath],
        ]
  return named.filter((entry): entry is [string, string] => entry[1] !== undefined)
}

function onlyDisk(tree: FileTree): TreeFile {
  const names = tree.list(diskFolder)
  if (names === undefined) {
    throw new ImagingError(
      'UnknownFormat',
      `failed to check default image path ${diskFolder}: no such folder in the image`,
      {
        remedy: 'Use an image made for virtual machines, or name the disk in it with path.',
      },
    )
  }
  if (names.length === 0)
    throw new ImagingError('UnknownFormat', `no file found in folder ${diskFolder}, no disk present`)
  if (names.length > 1) {
    throw new ImagingError(
      'UnknownFormat',
      `more than one file found in folder ${diskFolder}, only one disk is allowed`,
      {
        remedy: 'Name the one that is meant with path.',
      },
    )
  }
  return fileAt(tree, `${diskFolder}/${names[0] ?? ''}`, 'disk')
}

function fileAt(tree: FileTree, path: string, kind: ContentRequest['kind']): TreeFile {
  const node = tree.resolve(path)
  if (node?.kind !== 'file') {
    throw new ImagingError(
      'UnknownFormat',
      `${JSON.stringify(path)} is ${node === undefined ? 'not there' : 'no file'} in the image`,
    )
  }
  if (kind === 'kernel' && node.size > maxKernelBytes) {
    throw new ImagingError('TooLarge', `${path} in the image has ${node.size} bytes; the limit is ${maxKernelBytes}`)
  }
  return node
}

/**
 * The file as it will be used. Disks are looked at before anything else reads them.
 * @param name a person's name for it
 * @throws {ImagingError} HostileImage, UnknownFormat, TooLarge
 */
export async function inspectContent(
  file: ExtractedFile,
  kind: ContentRequest['kind'],
  name: string,
): Promise<ContentFile> {
  const { path, bytes, crc32 } = file
  if (kind === 'kernel') return { path, bytes, crc32 }
  const { format } = await inspectUntrusted(path).catch((error: unknown) => {
    throw named(error, path, name)
  })
  if (format !== 'qcow2' && format !== 'raw') {
    throw new ImagingError('UnknownFormat', `the disk of ${name} is ${format}; container disks are qcow2 or raw`)
  }
  return { path, bytes, crc32, format }
}

/** Its owner knows the image, not where the disk lies on this host. */
function named(error: unknown, path: string, name: string): unknown {
  if (!(error instanceof ImagingError)) return error
  return new ImagingError(error.code, error.message.replaceAll(path, `the disk of ${name}`), {
    cause: error,
    ...(error.remedy === undefined ? {} : { remedy: error.remedy }),
  })
}
