/** How many seats a request takes: most take one, those that go through many objects or bytes take more. */

import type { ApiRequest } from '../../transport.ts'
import { isTrue } from '../../watch/watch-options.ts'

/** As Kubernetes estimates lists. */
const objectsPerSeat = 100
/** No request is wider, so that it fits into every level and does not wait for all others to end. */
const maxSeats = 10
const bytesPerSeat = 512 * 1024

/**
 * @param verb of the API
 * @param countOf objects of the collection, counted for requests that go through them; undefined when nothing is stored in it
 */
export function seatsOf(verb: string, request: ApiRequest, countOf: () => number | undefined): number {
  const count = goesThroughObjects(verb, request.query) ? countOf() : undefined
  if (count !== undefined) {
    const limit = Number(request.query.get('limit') ?? '')
    const paged = limit > 0 && !request.query.has('labelSelector') && !request.query.has('fieldSelector')
    return clamp(Math.ceil((paged ? Math.min(limit, count) : count) / objectsPerSeat))
  }
  return clamp(1 + Math.floor(Number(request.headers['content-length'] ?? 0) / bytesPerSeat))
}

function goesThroughObjects(verb: string, query: URLSearchParams): boolean {
  if (verb === 'list' || verb === 'deletecollection') return true
  if (verb !== 'watch') return false
  const version = query.get('resourceVersion') ?? ''
  return query.has('sendInitialEvents') ? isTrue(query.get('sendInitialEvents')) : version === '' || version === '0'
}

function clamp(seats: number): number {
  return Number.isFinite(seats) ? Math.min(Math.max(seats, 1), maxSeats) : 1
}
