/**
 * `GET /api/clusters/:cluster/exports/:namespace/:name/:volume/:format`: a file of an export, as the person. The export and the Secret with
 * its token are read with their own rights, and the file comes from the cluster's own address: what an object's status says of other
 * hosts is never followed, so that no status makes this server ask one.
 */

import { Readable } from 'node:stream'
import { isJsonObject, resource, type KubeObject } from '@berth/meta'
import type { MachineExportObject } from '@berth/view'
import { ConsoleError } from '../errors.ts'
import { readSegment } from '../channels/request-fields.ts'
import { Busy } from '../http/busy.ts'
import type { Routes } from '../http/routes.ts'

const exports = resource<MachineExportObject>({
  apiVersion: 'export.kubevirt.io/v1',
  resource: 'virtualmachineexports',
  kind: 'VirtualMachineExport',
  namespaced: true,
})
const secrets = resource<KubeObject & { data?: Record<string, string> }>({
  apiVersion: 'v1',
  resource: 'secrets',
  kind: 'Secret',
  namespaced: true,
})

const tokenHeader = 'x-kubevirt-export-token'
/** File endings by format; others are as they are. */
const endings: Readonly<Record<string, string>> = { raw: 'img', gzip: 'img.gz', 'tar.gz': 'tar.gz', qcow2: 'qcow2' }

/**
 * Of one person, over all their sessions. Each reads a whole disk, and may compress it; more at once make none of them faster, and would
 * take the places of the person's other requests for hours.
 */
const maxDownloads = 4

export const downloadRoutes: Routes = (app, context) => {
  const busy = new Busy(
    maxDownloads,
    `you fetch ${maxDownloads} files already; fetch this one when one of them is there`,
  )
  app.get('/api/clusters/:cluster/exports/:namespace/:name/:volume/:format', async (request, reply) => {
    const session = context.person(request)
    const params = isJsonObject(request.params) ? request.params : {}
    const cluster = context.cluster(readSegment(params, 'cluster'))
    const identity = session.identities.get(cluster.id)
    if (identity === undefined) throw new ConsoleError('Forbidden', `you are not signed in to ${cluster.name}`)
    const client = cluster.clientFor(identity)
    const [namespace, name] = [readSegment(params, 'namespace'), readSegment(params, 'name')]
    const [volume, format] = [readSegment(params, 'volume'), readSegment(params, 'format')]
    const found = await client.get(exports, { namespace, name })
    const path = pathOfFile(found, { namespace, name, volume, format })
    const tokenName = found.status?.tokenSecretRef ?? found.spec?.tokenSecretRef
    const secret = tokenName === undefined ? undefined : await client.get(secrets, { namespace, name: tokenName })
    const token = Buffer.from(secret?.data?.['token'] ?? '', 'base64').toString('latin1')
    if (!/^[\x21-\x7e]+$/.test(token))
      throw new ConsoleError('Conflict', 'the export has no token yet; try again in a moment')
    busy.enter(session.owner, reply.raw)
    const gone = new AbortController()
    reply.raw.once('close', () => gone.abort())
    const answer = await client.transport.request({
      method: 'GET',
      path,
      headers: { [tokenHeader]: token, accept: '*/*' },
      signal: AbortSignal.any([session.signal, gone.signal]),
    })
    const body = answer.whole === undefined ? Readable.from(answer.body) : Readable.from([Buffer.from(answer.whole)])
    if (answer.code !== 200) {
      body.destroy()
      throw new ConsoleError('Unavailable', `the export answered ${answer.code} instead of the file; look at its state`)
    }
    const length = answer.headers['content-length']
    void reply.headers({
      'content-type': 'application/octet-stream',
      'content-disposition': `attachment; filename="${volume}.${endings[format] ?? 'img'}"`,
      'cache-control': 'no-store',
      ...(typeof length === 'string' && /^\d+$/.test(length) ? { 'content-length': length } : {}),
    })
    return reply.send(body)
  })
}

/** @throws {ConsoleError} where the cluster's own address does not serve it */
export function pathOfFile(
  { status }: MachineExportObject,
  of: { namespace: string; name: string; volume: string; format: string },
): string {
  const { namespace, name, volume, format } = of
  const sides = [status?.links?.external, status?.links?.internal]
  const urls = sides.flatMap((side) =>
    (side?.volumes ?? [])
      .filter((each) => each.name === volume)
      .flatMap(({ formats = [] }) =>
        formats.flatMap(({ format: kind, url }) => (kind === format && url !== undefined ? url : [])),
      ),
  )
  if (urls.length === 0) throw new ConsoleError('NotFound', `the export has no ${format} file of ${volume} now`)
  const prefix = `/api/export.kubevirt.io/v1/namespaces/${namespace}/virtualmachineexports/${name}/`
  const paths = urls.flatMap((url) => (URL.canParse(url) ? [new URL(url).pathname] : []))
  const own = paths.find((path) => path.startsWith(prefix))
  if (own === undefined) {
    throw new ConsoleError('Unavailable', 'this cluster serves its exports at another address', {
      remedy: 'Fetch the file by one of the commands beside it.',
    })
  }
  return own
}
