/** The paths of exports: whoever has an export's token fetches its disks and manifests here. */

import { timingSafeEqual, createHash } from 'node:crypto'
import { virtualMachines, type VirtualMachineExport } from '@berth/api'
import type { RawAnswer, RawPath, RawRequest } from '@berth/apiserver'
import { messageOf, type Logger } from '@berth/base'
import { secrets } from '@berth/kube'
import { unlessMissing } from '@berth/meta'
import { EngineError } from '../errors.ts'
import type { EngineServices } from '../services.ts'
import { servePull } from '../backups/pull/serve-pull.ts'
import { cutWith } from './cut-with.ts'
import type { Downloads } from './downloads.ts'
import { findSource, type ExportVolume } from './find-source.ts'
import { formatsOf, partOf, type ExportAddress, type ExportPart } from './links.ts'
import { allManifests, rendered, secretManifest } from './manifest.ts'
import { serveArchive, serveDisk, serveFile } from './serve-volume.ts'

export interface ExportDoor {
  services: () => EngineServices
  /** Of that name, as the controller sees it. */
  find: (namespace: string, name: string) => Readonly<VirtualMachineExport> | undefined
  address: () => ExportAddress
  downloads: Downloads
  logger: Logger
}

const tokenName = 'x-kubevirt-export-token'
const roots = ['v1', 'v1beta1'].map((version) => `/api/export.kubevirt.io/${version}`)

export function exportPaths(door: ExportDoor): RawPath[] {
  return roots.map((root) => ({
    path: root,
    async serve(request) {
      const match = /^\/namespaces\/([^/]+)\/virtualmachineexports\/([^/]+)\/(.*)$/.exec(
        request.path.slice(root.length),
      )
      if (match === null) return text(404, 'there is nothing at this path')
      const [, namespace = '', name = '', rest = ''] = match
      const wanted = door.find(namespace, name)
      const token = await tokenOf(wanted, door.services())
      // One answer for all: who has no token learns nothing, not even which exports there are.
      if (wanted === undefined || token === undefined || !isShown(request, token))
        return text(401, 'no export of this name opens with this token')
      if (request.method !== 'GET' && request.method !== 'HEAD') return text(400, 'only GET is served here')
      const part = partOf(rest)
      if (part === undefined) return text(404, 'the export has nothing at this path')
      return serve(door, { wanted, part, token, request })
    },
  }))
}

/** Read anew for each request: whoever changes the secret changes what opens the export. */
async function tokenOf(
  wanted: Readonly<VirtualMachineExport> | undefined,
  { client }: EngineServices,
): Promise<string | undefined> {
  const { namespace = '' } = wanted?.metadata ?? {}
  const name = wanted?.status?.tokenSecretRef
  if (name === undefined) return undefined
  const secret = await unlessMissing(client.get(secrets, { namespace, name }))
  const token = Buffer.from(secret?.data?.['token'] ?? '', 'base64').toString('utf8')
  return token === '' ? undefined : token
}

function isShown({ headers, query }: RawRequest, token: string): boolean {
  const shown = [headers[tokenName], query.get(tokenName)].filter((each) => each !== undefined && each !== null)
  // Hashes are of one length, which is what the comparison needs; it takes the same time whatever was shown.
  return shown.map((each) => timingSafeEqual(digest(each), digest(token))).includes(true)
}

function digest(value: string): Buffer {
  return createHash('sha256').update(value).digest()
}

interface Serving {
  wanted: Readonly<VirtualMachineExport>
  part: ExportPart
  token: string
  request: RawRequest
}

async function serve(door: ExportDoor, serving: Serving): Promise<RawAnswer> {
  const { wanted, part, token, request } = serving
  const { name = '' } = wanted.metadata
  const services = door.services()
  const accept = request.headers['accept']
  if (part.kind === 'manifest' && part.what === 'secret') return manifest(secretManifest(name, token), accept)
  // As it is now: a machine may have been started since the controller looked.
  const source = wanted.status?.phase === 'Ready' ? await findSource(wanted, services) : undefined
  if (source?.state !== 'ready') return text(503, 'the export is not ready; its conditions say why')
  if (part.kind === 'manifest') {
    const machine = source.machine === undefined ? undefined : await machineOf(wanted, source.machine, services)
    if (machine === undefined) return text(404, 'the export has no machine, and so no manifest')
    return manifest(
      await allManifests({ wanted, machine, volumes: source.volumes, address: door.address(), services }),
      accept,
    )
  }
  if (part.kind === 'backup') {
    const pull = source.backup
    if (pull?.volumes.some(({ volumeName }) => volumeName === part.volume) !== true)
      return text(404, 'the export has nothing at this path')
    if (request.method !== 'GET') return { ...text(405, 'only GET is served here'), headers: { allow: 'GET' } }
    return downloading(door, serving, part.volume, (download) => servePull(pull, { ...part, request, ...download }))
  }
  const volume = source.volumes.find((each) => each.name === part.volume)
  const format = part.kind === 'directory' ? 'dir' : part.format
  if (volume === undefined || !formatsOf(volume).includes(format))
    return text(404, 'the export has nothing at this path')
  return downloading(door, serving, volume.name, (download) => bodyOf(volume, { part, request, services, ...download }))
}

/** Not too many at once; who reads is cut off when the export ends. */
async function downloading(
  door: ExportDoor,
  { wanted, request }: Serving,
  volume: string,
  work: (download: { signal: AbortSignal; end: () => void }) => Promise<RawAnswer>,
): Promise<RawAnswer> {
  const { uid = '', name = '', namespace = '' } = wanted.metadata
  const download = door.downloads.begin(uid, namespace)
  if (download === undefined)
    return { ...text(503, 'too many downloads are under way; try again later'), headers: { 'retry-after': '10' } }
  const cut = AbortSignal.any([request.signal, download.signal])
  try {
    return cutWith(await work({ signal: cut, end: download.end }), download.signal)
  } catch (error) {
    download.end()
    if (error instanceof EngineError && error.code === 'VolumeInUse') return text(503, error.message)
    door.logger.error({ export: name, error: messageOf(error) }, 'an export could not be read')
    return text(500, `volume ${volume} cannot be read; the engine's log says why`)
  }
}

function bodyOf(
  volume: ExportVolume,
  options: {
    part: Extract<ExportPart, { kind: 'volume' | 'directory' }>
    request: RawRequest
    signal: AbortSignal
    services: EngineServices
    end: () => void
  },
): Promise<RawAnswer> {
  const { part, end, request } = options
  const { content } = volume
  if (content.kind !== 'files' && part.kind === 'volume') return serveDisk(volume, { ...options, format: part.format })
  if (content.kind !== 'files') throw new Error('a disk is no directory')
  return part.kind === 'directory'
    ? serveFile(content.folder, { file: part.file, request, end })
    : serveArchive(content.folder, end)
}

async function machineOf({ metadata }: Readonly<VirtualMachineExport>, name: string, { client }: EngineServices) {
  return unlessMissing(client.get(virtualMachines, { namespace: metadata.namespace ?? '', name }))
}

function manifest(objects: Parameters<typeof rendered>[0], accept: string | undefined): RawAnswer {
  const { contentType, body } = rendered(objects, accept)
  return { code: 200, headers: { 'content-type': contentType, 'cache-control': 'no-store' }, body }
}

function text(code: number, body: string): RawAnswer {
  return {
    code,
    headers: { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' },
    body: `${body}\n`,
  }
}
