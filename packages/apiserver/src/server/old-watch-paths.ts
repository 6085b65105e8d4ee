/**
 * `/api/v1/watch/…` and `/apis/G/V/watch/…`: how watches were asked for before `?watch`. Old clients still do, and the paths say
 * the same as the new ones: a collection with `watch=1`, one object with a field selector on its name.
 */

import { badRequest } from '@berth/meta'
import { resourceNotFound } from '../rest/dispatch.ts'
import { methodNotAllowed } from '../rest/subresource.ts'
import type { ApiRequest } from '../transport.ts'

const shape = /^(\/api\/[^/]+|\/apis\/[^/]+\/[^/]+)\/watch\/(.+?)\/?$/

/** @throws {StatusError} NotFound, MethodNotAllowed, BadRequest */
export function inNewForm(request: ApiRequest): ApiRequest {
  const match = shape.exec(request.path)
  if (match === null) return request
  const [, root = '', rest = ''] = match
  const words = rest.split('/')
  const prefix = words[0] === 'namespaces' && words.length > 2 ? words.splice(0, 2) : []
  const [resource = '', name, ...more] = words
  if (more.length > 0 || resource === '') throw resourceNotFound()
  if (request.method !== 'GET') throw methodNotAllowed()
  const query = new URLSearchParams(request.query)
  query.set('watch', '1')
  if (name !== undefined) query.set('fieldSelector', withName(query.get('fieldSelector') ?? '', name))
  return { ...request, path: [root, ...prefix, resource].join('/'), query }
}

function withName(selector: string, encoded: string): string {
  let name: string
  try {
    name = decodeURIComponent(encoded)
  } catch {
    throw badRequest('the path of the request is not valid percent-encoding')
  }
  const term = `metadata.name=${name.replaceAll(/[\\,=]/g, String.raw`\$&`)}`
  return selector === '' ? term : `${selector},${term}`
}
