/** Serves /openapi/v2 (JSON or protocol buffers) and /openapi/v3 (an index, and one document per group and version). */

import { apiVersionOf, type JsonObject } from '@berth/meta'
import { answerDocument, hashOf, jsonDocument, type WireDocument } from '../discovery/document.ts'
import { cachedPerRevision, groupsOf, type ResourceSource } from '../discovery/source.ts'
import type { ResourceDefinition } from '../resource/definition.ts'
import { servedVersionsOf } from '../resource/traits.ts'
import { viewIn } from '../resource/views.ts'
import type { ApiAnswer, ApiRequest } from '../transport.ts'
import { definitionsJson } from './definitions.ts'
import { pathsJson } from './paths.ts'
import { encodeDocument } from './proto-document.ts'
import type { OpenApiVersion } from './schema-json.ts'

/** What clients ask for is not a media type (RFC 6838 has no `@`), and Go refuses to read it in an answer: hence two spellings. */
const protobufAsked = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf'
const protobufSent = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf'

/** Versions of the form `/openapi/v3/<document>`, by that path: `api/v1`, `apis/apps/v1`. */
interface Documents {
  v2Json: WireDocument | undefined
  v2Proto: WireDocument | undefined
  v3: Map<string, WireDocument>
  v3Index: WireDocument | undefined
}

const documentsOf = cachedPerRevision<Documents>(() => ({
  v2Json: undefined,
  v2Proto: undefined,
  v3: new Map(),
  v3Index: undefined,
}))

/**
 * Answers an OpenAPI request; documents are built when first asked for.
 * @returns undefined when the path is not an OpenAPI path of a known group version, or the method is not GET
 */
export function handleOpenApi(source: ResourceSource, request: ApiRequest): ApiAnswer | undefined {
  if (request.method !== 'GET' && request.method !== 'HEAD') return undefined
  if (request.path === '/openapi/v2') return answerDocument(v2(source, request.headers['accept']), request)
  if (request.path === '/openapi/v3') return answerDocument(v3Index(source), request)
  const prefix = '/openapi/v3/'
  if (!request.path.startsWith(prefix)) return undefined
  const document = v3(source, request.path.slice(prefix.length))
  if (document === undefined) return undefined
  const answer = answerDocument(document, request)
  // The index names documents by their hash, so a matching one never changes and need not be asked for again.
  if (answer.kind === 'full' && `"${request.query.get('hash') ?? ''}"` === document.etag) {
    answer.headers['cache-control'] = 'public, immutable'
    answer.headers['expires'] = farAhead
  }
  return answer
}

/** Cache lifetime is by hash, so the date only has to be far away. */
const farAhead = new Date(Date.UTC(2100, 0, 1)).toUTCString()

function v2(source: ResourceSource, accept: string | undefined): WireDocument {
  const documents = documentsOf(source)
  if (wantsProtobuf(accept)) {
    if (documents.v2Proto === undefined) {
      const body = encodeDocument(v2Document(source))
      documents.v2Proto = { contentType: protobufSent, etag: `"${hashOf(body)}"`, body }
    }
    return documents.v2Proto
  }
  return (documents.v2Json ??= jsonDocument(v2Document(source)))
}

/** The first range of the header that can be served decides; a client that has no wish gets JSON. */
function wantsProtobuf(accept: string | undefined): boolean {
  for (const range of (accept ?? '').split(',')) {
    const type = (range.split(';')[0] ?? '').trim()
    if (type === protobufAsked || type === protobufSent) return true
    if (type === 'application/json' || type === '*/*' || type === 'application/*') return false
  }
  return false
}

function v2Document(source: ResourceSource): JsonObject {
  const groups = groupsOf(source)
  const paths = groups.flatMap((group) =>
    group.versions.map(({ name, definitions }) =>
      pathsJson(definitions, { group: group.name, version: name, openApi: 'v2' }),
    ),
  )
  return {
    swagger: '2.0',
    info: { title: 'Kubernetes', version: 'unversioned' },
    paths: Object.assign({}, ...paths) as JsonObject,
    definitions: definitionsJson({ definitions: viewsOf(source), schemas: source.schemas, version: 'v2' }),
  }
}

/** Each definition once for every type it has. */
function viewsOf(source: ResourceSource): ResourceDefinition[] {
  return source
    .all()
    .flatMap((definition) => [
      ...new Set(servedVersionsOf(definition).map((version) => viewIn(definition, version) ?? definition)),
    ])
}

function v3Index(source: ResourceSource): WireDocument {
  const documents = documentsOf(source)
  if (documents.v3Index === undefined) {
    const paths: JsonObject = {}
    for (const name of v3Names(source)) {
      const hash = v3(source, name)?.etag.replaceAll('"', '') ?? ''
      paths[name] = { serverRelativeURL: `/openapi/v3/${name}?hash=${hash}` }
    }
    documents.v3Index = jsonDocument({ paths })
  }
  return documents.v3Index
}

function v3Names(source: ResourceSource): string[] {
  return groupsOf(source).flatMap((group) =>
    group.versions.map((version) => documentName({ group: group.name, version: version.name })),
  )
}

function documentName(target: { group: string; version: string }): string {
  return `${target.group === '' ? 'api' : 'apis'}/${apiVersionOf(target)}`
}

function v3(source: ResourceSource, name: string): WireDocument | undefined {
  const { v3 } = documentsOf(source)
  const kept = v3.get(name)
  if (kept) return kept
  for (const group of groupsOf(source)) {
    for (const version of group.versions) {
      const target = { group: group.name, version: version.name }
      if (documentName(target) !== name) continue
      const openApi: OpenApiVersion = 'v3'
      const document = jsonDocument({
        openapi: '3.0.0',
        info: { title: 'Kubernetes', version: 'unversioned' },
        paths: pathsJson(version.definitions, { ...target, openApi }),
        components: {
          schemas: definitionsJson({ definitions: version.definitions, schemas: source.schemas, version: openApi }),
        },
      })
      v3.set(name, document)
      return document
    }
  }
  return undefined
}
