/**
 * Request bodies as `application/vnd.kubernetes.protobuf`, which newer kubectl and Go clients send for built-in kinds: four magic
 * bytes, then an envelope with apiVersion, kind and the object (apimachinery `runtime/serializer/protobuf`). Answers stay JSON,
 * which those clients accept.
 */

import { badRequest, parseApiVersion, StatusError, type JsonObject } from '@berth/meta'
import { decodeMessage } from './decode-message.ts'
import { bytesOf, textOf } from './decode-scalar.ts'
import { fieldsOf } from './field-table.ts'
import { ProtoReader, WireError } from './proto-reader.ts'

export const protobufType = 'application/vnd.kubernetes.protobuf'

const magic = Buffer.from('k8s\0')

/** The package of a group's messages. */
const packages: Readonly<Record<string, string>> = {
  '': 'core.v1',
  'admissionregistration.k8s.io': 'admissionregistration.v1',
  apps: 'apps.v1',
  'authentication.k8s.io': 'authentication.v1',
  'authorization.k8s.io': 'authorization.v1',
  'certificates.k8s.io': 'certificates.v1',
  'coordination.k8s.io': 'coordination.v1',
  'events.k8s.io': 'events.v1',
  policy: 'policy.v1',
  'rbac.authorization.k8s.io': 'rbac.v1',
  'scheduling.k8s.io': 'scheduling.v1',
  'storage.k8s.io': 'storage.v1',
}

/** Groups whose versions before v1 are the same on the wire. */
const earlyVersions: Readonly<Record<string, readonly string[]>> = {
  'admissionregistration.k8s.io': ['v1beta1', 'v1alpha1'],
  'authentication.k8s.io': ['v1beta1', 'v1alpha1'],
}

/**
 * The object in JSON. `jsonDepth` is how deep JSON inside it may nest.
 * @throws {StatusError} BadRequest when the bytes are damaged, UnsupportedMediaType for a kind that is not known in this form
 */
export function decodeProtobuf(body: Buffer, jsonDepth: number): JsonObject {
  if (!body.subarray(0, magic.length).equals(magic)) {
    throw badRequest(
      'the body of the request is not a Kubernetes object in protocol buffers: its first bytes are not "k8s\\0"',
    )
  }
  try {
    const { apiVersion, kind, raw } = readEnvelope(body.subarray(magic.length))
    const message = messageOf({ apiVersion, kind })
    if (message === undefined) throw unknownKind({ apiVersion, kind })
    return { apiVersion, kind, ...decodeMessage(message, raw, { depth: 0, jsonDepth }) }
  } catch (error) {
    if (!(error instanceof WireError)) throw error
    throw badRequest(`the body of the request cannot be read as protocol buffers: ${error.message}`)
  }
}

interface TypeMeta {
  apiVersion: string
  kind: string
}

/** `runtime.Unknown`: 1 typeMeta, 2 raw, 3 contentEncoding, 4 contentType. */
function readEnvelope(bytes: Buffer): TypeMeta & { raw: Buffer } {
  const envelope = { apiVersion: '', kind: '', raw: Buffer.alloc(0) }
  const reader = new ProtoReader(bytes)
  for (let field = reader.next(); field; field = reader.next()) {
    if (field.number === 1) Object.assign(envelope, readTypeMeta(bytesOf(field)))
    else if (field.number === 2) envelope.raw = Buffer.from(bytesOf(field))
    else if (field.number === 3 && textOf(field) !== '') {
      throw new WireError(`its envelope has the content encoding ${quoted(textOf(field))}, only none is taken`)
    }
  }
  if (envelope.kind === '' || envelope.apiVersion === '')
    throw new WireError('its envelope names no apiVersion and kind')
  return envelope
}

function readTypeMeta(bytes: Buffer): TypeMeta {
  const type = { apiVersion: '', kind: '' }
  const reader = new ProtoReader(bytes)
  for (let field = reader.next(); field; field = reader.next()) {
    if (field.number === 1) type.apiVersion = textOf(field)
    else if (field.number === 2) type.kind = textOf(field)
  }
  return type
}

/** Undefined when it is not in the table. DeleteOptions are sent in the version of what they delete, whatever that is. */
function messageOf({ apiVersion, kind }: TypeMeta): string | undefined {
  if (kind === 'DeleteOptions') return 'meta.v1.DeleteOptions'
  const { group, version } = parseApiVersion(apiVersion)
  const known = version === 'v1' || earlyVersions[group]?.includes(version) === true
  const inPackage = Object.hasOwn(packages, group) && known ? packages[group] : undefined
  const message = `${inPackage}.${kind}`
  const fields = inPackage === undefined ? undefined : fieldsOf(message)
  const isObject = fields?.get(1)?.name === 'metadata'
  return isObject ? message : undefined
}

function unknownKind({ apiVersion, kind }: TypeMeta): StatusError {
  return new StatusError(
    'UnsupportedMediaType',
    `the body of the request has kind ${quoted(kind)} of ${quoted(apiVersion)} as ${protobufType}, which this server does not read for that kind; send it as application/json`,
  )
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 256))
}
