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
 * The first clause that can be served, by falling quality.
 * @throws {StatusError} NotAcceptable when none can (protobuf or CBOR alone)
 */
export function negotiate(request: ApiRequest): Representation {
  const { accept: header = '', 'user-agent': agent = '' } = request.headers
  const asked = prettyOf(request.query.get('pretty') ?? '', agent)
  const base = { as: 'object', media: 'json', metaVersion: 'v1', pretty: asked } as const
  if (header.trim() === '') return base
  let known = false
  for (const { type, parameters } of clausesOf(header)) {
    const media = mediaOf(type)
    if (media === undefined) continue
    known = true
    const pretty = asked || parameters.get('pretty') === '1'
    const as = parameters.get('as')
    if (as === undefined) return { ...base, media, pretty }
    const transform = Object.hasOwn(transforms, as) ? transforms[as] : undefined
    const version = parameters.get('v') ?? 'v1'
    if (transform === undefined || parameters.get('g') !== 'meta.k8s.io') continue
    if (version === 'v1' || version === 'v1beta1')
      return { ...base, media, pretty, as: transform, metaVersion: version }
  }
  const types = 'application/json, application/yaml'
  throw new StatusError(
    'NotAcceptable',
    known
      ? `only the following media types are accepted: ${types}`
      : `406: Not Acceptable\n\nAvailable representations: ${types}`,
  )
}

/** As kube-apiserver: said in the query, else by programs that print for people. Browsers are not: their pages parse what they get. */
function prettyOf(value: string, agent: string): boolean {
  if (value !== '') return ['1', 't', 'true'].includes(value.toLowerCase())
  return agent.startsWith('curl/') || agent.startsWith('Wget/')
}

interface Clause {
  type: string
  parameters: ReadonlyMap<string, string>
  quality: number
}

/** A client sends the same header with every request, and there are few kinds of clients. */
const known = new Map<string, readonly Clause[]>()
const maxKnown = 64
const maxKnownLength = 512

function clausesOf(header: string): readonly Clause[] {
  const found = known.get(header)
  if (found !== undefined) return found
  const clauses = parsed(header)
  if (known.size >= maxKnown) known.clear()
  if (header.length <= maxKnownLength) known.set(header, clauses)
  return clauses
}

/** Most wanted first; in the order of the header where they are wanted alike. Quality 0 is not wanted at all. */
function parsed(header: string): Clause[] {
  return header
    .split(',', maxClauses)
    .map((clause) => {
      const [type = '', ...rest] = clause.split(';').map((part) => part.trim())
      const parameters = new Map(rest.map((part) => splitParameter(part)))
      const quality = Number(parameters.get('q') ?? 1)
      return { type: type.toLowerCase(), parameters, quality: Number.isNaN(quality) ? 1 : quality }
    })
    .filter(({ quality }) => quality > 0)
    .toSorted((a, b) => b.quality - a.quality)
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
