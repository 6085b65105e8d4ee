/** The addresses of an export. Inside and outside are one here: the engine's listener. */

import type { ExportFormat, ExportLink, VirtualMachineExportStatus } from '@berth/api'
import type { ExportVolume } from './find-source.ts'

export interface ExportAddress {
  /** `https://127.0.0.1:7443` */
  server: string
  /** PEM. */
  caCertificate: string
}

interface Named {
  namespace: string
  name: string
}

/** What follows the export's own path, per format. `dir/` ends with a slash, as KubeVirt's does. */
const files: Readonly<Record<ExportFormat, string>> = {
  raw: 'disk.img',
  gzip: 'disk.img.gz',
  qcow2: 'disk.qcow2',
  dir: 'dir/',
  'tar.gz': 'disk.tar.gz',
}

/** In KubeVirt's order, and ours last: its clients take the first that suits them. */
export function formatsOf({ content }: Pick<ExportVolume, 'content'>): ExportFormat[] {
  return content.kind === 'files' ? ['dir', 'tar.gz'] : ['raw', 'gzip', 'qcow2']
}

export function exportPath({ namespace, name }: Named): string {
  return `/api/export.kubevirt.io/v1/namespaces/${namespace}/virtualmachineexports/${name}`
}

export function volumeUrl(server: string, wanted: Named, volume: { name: string; format: ExportFormat }): string {
  return `${server}${exportPath(wanted)}/volumes/${volume.name}/${files[volume.format]}`
}

export function linksOf(
  wanted: Named,
  { address, volumes, manifests }: { address: ExportAddress; volumes: readonly ExportVolume[]; manifests: boolean },
): NonNullable<VirtualMachineExportStatus['links']> {
  const { server, caCertificate } = address
  const link = (side: 'internal' | 'external'): ExportLink => {
    const base = `${server}${exportPath(wanted)}/${side}/manifests`
    const all = { type: 'all', url: `${base}/all` } as const
    const secret = { type: 'auth-header-secret', url: `${base}/secret` } as const
    return {
      cert: caCertificate.trim(),
      manifests: manifests ? [all, secret] : [secret],
      volumes: volumes.map((volume) => ({
        name: volume.name,
        formats: formatsOf(volume).map((format) => ({
          format,
          url: volumeUrl(server, wanted, { name: volume.name, format }),
        })),
      })),
    }
  }
  return { internal: link('internal'), external: link('external') }
}

/** What a path below an export's own asks for. */
export type ExportPart =
  | { kind: 'volume'; volume: string; format: Exclude<ExportFormat, 'dir'> }
  | { kind: 'directory'; volume: string; file: string }
  | { kind: 'manifest'; side: 'internal' | 'external'; what: 'all' | 'secret' }

/** @param rest `volumes/disk/disk.img`, still percent-encoded; names are compared as they are, and never become paths */
export function partOf(rest: string): ExportPart | undefined {
  const [first, second, third, fourth, ...more] = rest.split('/')
  if (more.length > 0) return undefined
  if (first === 'volumes' && second !== undefined && third === 'dir' && fourth !== undefined)
    return { kind: 'directory', volume: second, file: decoded(fourth) }
  if (fourth !== undefined) return undefined
  if (first === 'volumes' && second !== undefined) {
    for (const format of ['raw', 'gzip', 'qcow2', 'tar.gz'] as const)
      if (files[format] === third) return { kind: 'volume', volume: second, format }
    return undefined
  }
  const isSide = first === 'internal' || first === 'external'
  if (isSide && second === 'manifests' && (third === 'all' || third === 'secret'))
    return { kind: 'manifest', side: first, what: third }
  return undefined
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    // Not text at all: no file has this name.
    return '\0'
  }
}
