/** A webhook over real TLS on loopback, for tests. */

import { createServer } from 'node:https'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { JsonObject } from '@berth/meta'
import { makeCa, makeLeaf } from '../../auth/pki/certificates.ts'
import { objectAt } from '../../core/fields.ts'

export interface WebhookServer {
  /** `https://127.0.0.1:<port>` */
  readonly url: string
  readonly port: number
  /** For `clientConfig`. */
  readonly caBundle: string
  /** What it was asked, in order. */
  readonly requests: JsonObject[]
  /** Paths with queries, in order. */
  readonly paths: string[]
  /** TCP connections made to it. */
  connections(): number
  /** The response to the next and all later questions. */
  answer(next: Answering): void
  close(): Promise<void>
}

/** Gives the `response` of the review, or answers itself and gives nothing. */
export type Answering = (
  request: JsonObject,
  raw: { answer: ServerResponse; review: JsonObject },
) => JsonObject | undefined | void

export interface WebhookServerOptions {
  /** Names in its certificate. */
  hostnames?: readonly string[]
  addresses?: readonly string[]
  /** When its certificate was made, for one day. */
  now?: Date
}

export const allow: Answering = () => ({ allowed: true })

export async function openWebhook(options: WebhookServerOptions = {}): Promise<WebhookServer> {
  const now = options.now ?? new Date()
  const ca = await makeCa({ commonName: 'webhook-ca', days: 3650, now })
  const { key, certificate } = await makeLeaf({
    ca,
    subject: { commonName: 'webhook' },
    days: 1,
    now,
    usage: { kind: 'server', hostnames: options.hostnames ?? [], addresses: options.addresses ?? ['127.0.0.1'] },
  })
  let answering = allow
  let connections = 0
  const requests: JsonObject[] = []
  const paths: string[] = []
  const serve = async (request: IncomingMessage, answer: ServerResponse): Promise<void> => {
    const review = await read(request)
    const asked = objectAt(review, 'request') ?? {}
    requests.push(asked)
    paths.push(request.url ?? '')
    const response = answering(asked, { answer, review })
    if (response === undefined || answer.writableEnded || answer.destroyed) return
    const { apiVersion = '', kind = '' } = review
    answer.setHeader('content-type', 'application/json')
    answer.end(JSON.stringify({ apiVersion, kind, response: { uid: asked['uid'] ?? '', ...response } }))
  }
  const server = createServer({ key, cert: certificate }, (request, answer) => void serve(request, answer))
  server.on('connection', () => (connections += 1))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `https://127.0.0.1:${port}`,
    port,
    caBundle: Buffer.from(ca.certificate).toString('base64'),
    requests,
    paths,
    connections: () => connections,
    answer(next) {
      answering = next
    },
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function read(request: IncomingMessage): Promise<JsonObject> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return JSON.parse(Buffer.concat(chunks).toString()) as JsonObject
}

/** A JSON patch as webhooks send it. */
export function patchOf(...operations: JsonObject[]): JsonObject {
  const patch = Buffer.from(JSON.stringify(operations)).toString('base64')
  return { allowed: true, patchType: 'JSONPatch', patch }
}
