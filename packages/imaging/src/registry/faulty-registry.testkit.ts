/** For tests: a server that breaks registries' rules on purpose. What works is tested against a real registry. */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestImage } from '../oci/image.testkit.ts'

export interface Seen {
  method: string
  path: string
  authorization: string | undefined
  range: string | undefined
}

export interface FaultyRegistry {
  /** `127.0.0.1:PORT` */
  host: string
  /** All requests, in their order. */
  seen: Seen[]
  close(): Promise<void>
}

/** Answers and returns true, or leaves the request to the next. `count` is how often this path was asked for, from 1. */
export type Fault = (request: IncomingMessage, response: ServerResponse, count: number) => boolean

/** Serves one image under every name, after the faults have had their say. */
export async function startFaultyRegistry(image: TestImage, fault: Fault): Promise<FaultyRegistry> {
  const seen: Seen[] = []
  const counts = new Map<string, number>()
  const server = createServer((request, response) => {
    const { method = '', url: path = '', headers } = request
    seen.push({ method, path, authorization: headers.authorization, range: headers.range })
    const count = (counts.get(path) ?? 0) + 1
    counts.set(path, count)
    if (fault(request, response, count)) return
    const digest = /\/blobs\/([^?]+)/.exec(path)?.[1]
    const content = digest === undefined ? image.manifest : image.blobs.get(digest)
    if (content === undefined) return void response.writeHead(404).end()
    const from = Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1] ?? 0)
    response.setHeader('etag', '"1"')
    if (from > 0) response.setHeader('content-range', `bytes ${from}-${content.length - 1}/${content.length}`)
    response.writeHead(from > 0 ? 206 : 200).end(content.subarray(from))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`, // a TCP server has an AddressInfo
    seen,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
