/** What a file is: a disk with its size, or a machine with its descriptor. Read from the file here, or by the server where it has it. */

import { useQuery } from '@tanstack/react-query'
import {
  openOva,
  readDiskHeader,
  type ByteSource,
  type DiskHeader,
  type UploadedPackage,
  type UploadInfo,
} from '@berth/view'
import { descriptorAmong, packed } from './pack-files.ts'
import { packageOf } from './upload-calls.ts'

export interface Content {
  header: DiskHeader
  package?: UploadedPackage
}

export function useContent({ files, info }: { files: readonly File[]; info?: UploadInfo | undefined }) {
  return useQuery({
    queryKey: [
      'upload-content',
      info?.id ?? '',
      ...files.map(({ name, size, lastModified }) => [name, size, lastModified]),
    ],
    queryFn: async ({ signal }): Promise<Content> => (info === undefined ? ofFiles(files) : ofUpload(info, signal)),
    enabled: info !== undefined || files.length > 0,
    // What it holds does not change.
    staleTime: Infinity,
    retry: false,
  })
}

async function ofFiles(files: readonly File[]): Promise<Content> {
  const file = packed(files)
  if (file === undefined) return { header: { format: 'raw' } }
  const source = sourceOf(file)
  const header = await readDiskHeader(source)
  if (header.format !== 'package' && descriptorAmong(files) === undefined) return { header }
  const ova = await openOva(source)
  // What the descriptor names has to be there before anything is sent.
  for (const each of ova.package.files) ova.partsOf(each)
  const { hasManifest, signed } = ova
  return { header: { format: 'package' }, package: { package: ova.package, hasManifest, signed } }
}

async function ofUpload(info: UploadInfo, signal: AbortSignal): Promise<Content> {
  if (/\.ova$/i.test(info.name)) return { header: { format: 'package' }, package: await packageOf(info.id, signal) }
  return { header: { format: 'raw', ...(info.wish?.kind === 'disk' ? {} : { bytes: info.size }) } }
}

function sourceOf(file: File): ByteSource {
  return {
    name: file.name,
    size: file.size,
    read: async (offset, length) => new Uint8Array(await file.slice(offset, offset + length).arrayBuffer()),
  }
}
