/** Which form of an answer a client asked for in its Accept header. */

import { StatusError } from '@berth/meta'
import type { ApiRequest } from '../transport.ts'

export interface Representation {
  as: 'object' | 'table' | 'partial'
  media: 'json' | 'yaml'
  /** Of the Table or PartialObjectMetadata. */
  metaVersion: 'v1' | 'v1beta1'
  /** Indented for people. */
  pretty: boolean
}

const jsonTypes = new Set(['application/json', 'application/*', '*/*'])
const yamlTypes = new Set(['application/yaml', 'text/yaml'])
const transforms: Record<string, Representation['as']> = {
  Table: 'table',
  PartialObjectMetadata: 'partial',
  PartialObjectMetadataList: 'partial',
}

/** No client needs more clauses, and each costs time. */
const maxClauses = 32

/**
 * The first clause of the header that can be served; quality values are ignored, as kube-apiserver ignores them.
 * @throws {StatusError} NotAcceptable when none can (protobuf alone)
 */
export function negotiate(request: ApiRequest): Representation {
  const pretty = ['', '1', 'true'].includes(request.query.get('pretty') ?? 'false')
  const base = { as: 'object', media: 'json', metaVersion: 'v1', pretty } as const
  const header = request.headers['accept']
  if (header === undefined || header.trim() === '') return base
  for (const clause of header.split(',').slice(0, maxClauses)) {
    const [type = '', ...rest] = clause.split(';').map((part) => part.trim())
    const media = mediaOf(type.toLowerCase())
    if (media === undefined) continue
    const parameters = new Map(rest.map((part) => splitParameter(part)))
    const as = parameters.get('as')
    if (as === undefined) return { ...base, media }
    const transform = Object.hasOwn(transforms, as) ? transforms[as] : undefined
    const version = parameters.get('v') ?? 'v1'
    if (transform === undefined || parameters.get('g') !== 'meta.k8s.io') continue
    if (version === 'v1' || version === 'v1beta1') return { ...base, media, as: transform, metaVersion: version }
  }
  throw new StatusError(
    'NotAcceptable',
    'only the following media types are accepted: application/json, application/yaml, application/json;stream=watch',
  )
}

function mediaOf(type: string): Representation['media'] | undefined {
  if (jsonTypes.has(type)) return 'json'
  return yamlTypes.has(type) ? 'yaml' : undefined
}

function splitParameter(part: string): [string, string] {
  const equals = part.indexOf('=')
  return equals < 0
    ? [part.toLowerCase(), '']
    : [part.slice(0, equals).trim().toLowerCase(), part.slice(equals + 1).trim()]
}
