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

const backupEndpoints = ['data', 'map'] as const
export type BackupEndpoint = (typeof backupEndpoints)[number]

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
  {
    address,
    volumes,
    backups,
    manifests,
  }: {
    address: ExportAddress
    volumes: readonly ExportVolume[]
    /** Names of the volumes of a backup that is pulled. */
    backups?: readonly string[] | undefined
    manifests: boolean
  },
): NonNullable<VirtualMachineExportStatus['links']> {
  const { server, caCertificate } = address
  const volumeLink = (volume: ExportVolume): NonNullable<ExportLink['volumes']>[number] => ({
    name: volume.name,
    formats: formatsOf(volume).map((format) => ({
      format,
      url: volumeUrl(server, wanted, { name: volume.name, format }),
    })),
  })
  const backupLink = (name: string): NonNullable<ExportLink['backups']>[number] => ({
    name,
    endpoints: backupEndpoints.map((endpoint) => ({
      endpoint,
      url: `${server}${exportPath(wanted)}/exports/${name}/${endpoint}`,
    })),
  })
  const link = (side: 'internal' | 'external'): ExportLink => {
    const base = `${server}${exportPath(wanted)}/${side}/manifests`
    const all = { type: 'all', url: `${base}/all` } as const
    const secret = { type: 'auth-header-secret', url: `${base}/secret` } as const
    return {
      cert: caCertificate.trim(),
      manifests: manifests ? [all, secret] : [secret],
      ...(backups === undefined ? { volumes: volumes.map(volumeLink) } : { backups: backups.map(backupLink) }),
    }
  }
  return { internal: link('internal'), external: link('external') }
}

/** What a path below an export's own asks for. */
export type ExportPart =
  | { kind: 'volume'; volume: string; format: Exclude<ExportFormat, 'dir'> }
  | { kind: 'directory'; volume: string; file: string }
  | { kind: 'backup'; volume: string; what: BackupEndpoint }
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
  if (first === 'exports' && second !== undefined) {
    const what = backupEndpoints.find((each) => each === third)
    return what === undefined ? undefined : { kind: 'backup', volume: second, what }
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
