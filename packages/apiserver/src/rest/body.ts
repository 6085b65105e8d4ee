/** Request bodies: which formats are taken, and reading them within the limits. */

import { badRequest, StatusError } from '@berth/meta'
import { decodeProtobuf, protobufType } from '../protobuf/decode-object.ts'
import type { ServerLimits } from '../server/limits.ts'
import { ownTurn } from '../server/turns.ts'
import type { ApiRequest } from '../transport.ts'
import { parseJson, parseJsonInSteps, type ParsedDocument } from './parse-json.ts'
import { parseYaml } from './parse-yaml.ts'

const jsonType = 'application/json'
const openBrace = 0x7b
/** Bodies from here on take long enough to read that two of them should not be read in one turn. */
const bigBytes = 256 * 1024
const bigYamlBytes = 8 * 1024
const yamlTypes = ['application/yaml', 'text/yaml', 'application/x-yaml', 'text/x-yaml']

/** The media type of the body, lower case, without parameters; undefined when the header is missing. */
export function contentTypeOf(request: ApiRequest): string | undefined {
  const type = request.headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase()
  return type === '' ? undefined : type
}

export function unsupportedMediaType(accepted: readonly string[]): StatusError {
  const list = accepted.join(', ')
  return new StatusError(
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: ${list}`,
  )
}

/**
 * The parsed body of a create, update or delete; undefined when it is empty.
 * @throws {StatusError} BadRequest, UnsupportedMediaType, RequestEntityTooLarge
 */
export async function readDocument(request: ApiRequest, limits: ServerLimits): Promise<ParsedDocument | undefined> {
  const bytes = await request.body()
  if (bytes.length === 0) return undefined
  const type = contentTypeOf(request) ?? jsonType
  if (type === jsonType) {
    const { jsonDepth } = limits
    return bytes.length > bigBytes ? parseJsonInSteps(bytes, jsonDepth, ownTurn) : parseJson(bytes, jsonDepth)
  }
  if (bytes.length > (yamlTypes.includes(type) ? bigYamlBytes : bigBytes)) await ownTurn()
  if (yamlTypes.includes(type)) return readYaml(bytes, limits)
  if (type === protobufType) return { value: decodeProtobuf(bytes, limits.jsonDepth), duplicates: [] }
  throw unsupportedMediaType([jsonType, 'application/yaml', protobufType])
}

/** JSON is YAML, and programs that must say YAML send JSON: that needs neither the slow reader nor its limit. */
export function readYaml(bytes: Buffer, limits: ServerLimits): ParsedDocument {
  if (bytes[0] === openBrace) {
    try {
      return parseJson(bytes, limits.jsonDepth)
    } catch (error) {
      if (!(error instanceof StatusError) || bytes.length > limits.yamlBytes) throw error
    }
  }
  if (bytes.length > limits.yamlBytes) {
    throw new StatusError(
      'RequestEntityTooLarge',
      `Request entity too large: limit is ${limits.yamlBytes} for YAML; send it as JSON`,
    )
  }
  return parseYaml(bytes, limits.jsonDepth)
}

/** As {@link readDocument}, for verbs that cannot do without an object. */
export async function requireDocument({ request, services, definition }: BodyCall): Promise<ParsedDocument> {
  const document = await readDocument(request, services.limits)
  if (document === undefined) throw emptyBody(definition.kind)
  return document
}

interface BodyCall {
  request: ApiRequest
  services: { limits: ServerLimits }
  definition: { kind: string }
}

/** Where an object of `kind` should be. */
export function emptyBody(kind: string): StatusError {
  const why = "couldn't get version/kind; json parse error: unexpected end of JSON input (<empty>)"
  return badRequest(`the object provided is unrecognized (must be of type ${kind}): ${why}`)
}
