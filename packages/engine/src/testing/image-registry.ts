/** A registry on this host that serves disks as container images, for as long as a test; its tags can be moved. */

import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'

const sha256 = (content: Uint8Array): string => `sha256:${createHash('sha256').update(content).digest('hex')}`

/** One file in a tar archive (ustar). */
export function tarFile(name: string, content: Buffer): Buffer {
  const header = Buffer.alloc(512)
  header.write(name, 0)
  header.write('0000644\0', 100)
  header.write(`${content.length.toString(8).padStart(11, '0')}\0`, 124)
  header.write('        0', 148)
  header.write('ustar\x0000', 257)
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return Buffer.concat([header, content, Buffer.alloc((512 - (content.length % 512)) % 512)])
}

export interface ImageRegistry extends AsyncDisposable {
  /** `127.0.0.1:PORT` */
  host: string
  /** `METHOD path` of all that was asked. */
  asked: string[]
  /** Puts a disk under a tag. @returns the image's digest */
  put(tag: string, disk: Buffer): string
  /** Answers 401 to who does not sign in as this. */
  requireLogin(user: string, password: string): void
  /** From now on layers break off in the middle, or no longer. */
  breakLayers(broken: boolean): void
}

export async function startImageRegistry(): Promise<ImageRegistry> {
  const blobs = new Map<string, Buffer>()
  const tags = new Map<string, string>()
  const asked: string[] = []
  let login: string | undefined
  let breaks = false
  const keep = (content: Buffer): { mediaType: string; digest: string; size: number } => {
    blobs.set(sha256(content), content)
    return { mediaType: 'application/vnd.oci.image.layer.v1.tar', digest: sha256(content), size: content.length }
  }
  const server = createServer((request: IncomingMessage, response) => {
    const { method = '', url = '', headers } = request
    asked.push(`${method} ${url}`)
    if (login !== undefined && headers.authorization !== login) {
      return void response.writeHead(401, { 'www-authenticate': 'Basic realm="test"' }).end()
    }
    const [, kind, name = ''] = /\/(manifests|blobs)\/([^/?]+)$/.exec(url) ?? []
    const content = blobs.get(kind === 'manifests' ? (tags.get(name) ?? name) : name)
    if (content === undefined) return void response.writeHead(404).end()
    response.writeHead(200, {
      'content-length': content.length,
      'content-type': 'application/vnd.oci.image.manifest.v1+json',
    })
    if (breaks && kind === 'blobs') {
      response.write(content.subarray(0, content.length / 2), () => setImmediate(() => response.destroy()))
    } else response.end(content)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    host: `127.0.0.1:${address.port}`,
    asked,
    put(tag, disk) {
      const config = keep(Buffer.from('{"os":"linux"}'))
      const layer = keep(Buffer.concat([tarFile('disk/disk.img', disk), Buffer.alloc(1024)]))
      const mediaType = 'application/vnd.oci.image.manifest.v1+json'
      const manifest = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, config, layers: [layer] }))
      tags.set(tag, sha256(manifest))
      blobs.set(sha256(manifest), manifest)
      return sha256(manifest)
    },
    requireLogin(user, password) {
      login = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
    },
    breakLayers(broken) {
      breaks = broken
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
