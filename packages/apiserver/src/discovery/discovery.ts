/** Serves `/api`, `/apis` and below them everything that describes resources rather than being one. */

import type { JsonObject } from '@berth/meta'
import type { ApiAnswer, ApiRequest } from '../transport.ts'
import { aggregatedContentType, aggregatedDiscovery, aggregatedVersionOf } from './aggregated.ts'
import { answerDocument, jsonDocument, type WireDocument } from './document.ts'
import { apiGroup, apiGroupList, apiResourceList, apiVersions } from './legacy.ts'
import { cachedPerRevision, groupsOf, type ResourceSource } from './source.ts'

/** Documents already built for a source, by path and form. */
const documents = cachedPerRevision(() => new Map<string, WireDocument>())

/**
 * Answers a discovery request.
 * @returns undefined when the path is not a discovery path of a known group, or the method is not GET
 */
export function handleDiscovery(source: ResourceSource, request: ApiRequest): ApiAnswer | undefined {
  if (request.method !== 'GET' && request.method !== 'HEAD') return undefined
  const path = request.path.replace(/\/$/, '')
  const segments = path.split('/').slice(1)
  const [root, group, version] = segments
  if ((root !== 'api' && root !== 'apis') || segments.length > (root === 'api' ? 2 : 3)) return undefined
  // The core group lives under /api alone.
  if (root === 'apis' && group === '') return undefined

  if (segments.length === 1) {
    const aggregated = aggregatedVersionOf(request.headers['accept'])
    if (aggregated !== undefined) {
      const document = remember(source, `${path} ${aggregated}`, aggregatedContentType(aggregated), () =>
        aggregatedDiscovery(source, root, aggregated),
      )
      return document && answerDocument(document, request)
    }
    // The address depends on how the client reached the server, so this one document is not kept.
    if (root === 'api') return answerDocument(jsonDocument(apiVersions(request.headers['host'] ?? '')), request)
  }

  const document = remember(source, path, 'application/json', () => {
    if (segments.length === 1) return apiGroupList(source)
    if (root === 'api') return apiResourceList(source, '', group ?? '')
    if (version !== undefined) return apiResourceList(source, group ?? '', version)
    const view = groupsOf(source).find(({ name }) => name === group && name !== '')
    return view && apiGroup(source, view)
  })
  return document && answerDocument(document, request)
}

function remember(
  source: ResourceSource,
  key: string,
  contentType: string,
  build: () => JsonObject | undefined,
): WireDocument | undefined {
  const kept = documents(source).get(key)
  if (kept) return kept
  const built = build()
  if (built === undefined) return undefined
  const document = jsonDocument(built, contentType)
  documents(source).set(key, document)
  return document
}
