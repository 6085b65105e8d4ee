/** A cached document on the wire: a strong ETag from its bytes, 304 when the client already has it. */

import { createHash } from 'node:crypto'
import type { ApiAnswer, ApiRequest } from '../transport.ts'

export interface WireDocument {
  contentType: string
  /** Quoted, as the header carries it. */
  etag: string
  body: Buffer
}

/** Upper-case hex SHA-512, the form kube-apiserver gives its discovery and OpenAPI entity tags. */
export function hashOf(body: Buffer | string): string {
  return createHash('sha512').update(body).digest('hex').toUpperCase()
}

export function jsonDocument(value: object, contentType = 'application/json'): WireDocument {
  const body = Buffer.from(JSON.stringify(value))
  return { contentType, etag: `"${hashOf(body)}"`, body }
}

/** The document, or 304 without a body when `If-None-Match` names it. */
export function answerDocument(document: WireDocument, request: ApiRequest): ApiAnswer {
  const headers = { etag: document.etag, vary: 'Accept', 'cache-control': 'no-cache, private' }
  if (matches(request.headers['if-none-match'], document.etag)) {
    return { kind: 'full', code: 304, headers, body: '' }
  }
  return { kind: 'full', code: 200, headers: { ...headers, 'content-type': document.contentType }, body: document.body }
}

/** RFC 9110, 13.1.2: a list of tags or `*`; weak comparison. */
function matches(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false
  return header.split(',').some((part) => {
    const tag = part.trim().replace(/^W\//, '')
    return tag === '*' || tag === etag
  })
}
