/**
 * Request bodies as `application/vnd.kubernetes.protobuf`, which newer kubectl and Go clients send for built-in kinds: four magic
 * bytes, then an envelope with apiVersion, kind and the object (apimachinery `runtime/serializer/protobuf`). Answers stay JSON,
 * which those clients accept.
 */

import { badRequest, parseApiVersion, type JsonObject } from '@berth/meta'
import { decodeMessage } from './decode-message.ts'
import { readFields, WireError } from './proto-reader.ts'

export const protobufType = 'application/vnd.kubernetes.protobuf'

const magic = Buffer.from('k8s\0')

/**
 * The object in JSON.
 * @throws {StatusError} BadRequest when the bytes are damaged, or of a kind that is not known in this form
 */
export function decodeProtobuf(body: Buffer): JsonObject {
  if (!body.subarray(0, magic.length).equals(magic)) {
    throw badRequest(
      'the body of the request is not a Kubernetes object in protocol buffers: its first bytes are not "k8s\\0"',
    )
  }
  try {
    return decodeEnvelope(body.subarray(magic.length))
  } catch (error) {
    if (!(error instanceof WireError)) throw error
    throw badRequest(`the body of the request cannot be read as protocol buffers: ${error.message}; send it as JSON`)
  }
}

function decodeEnvelope(bytes: Buffer): JsonObject {
  let type = { apiVersion: '', kind: '' }
  let raw = Buffer.alloc(0)
  for (const field of readFields(bytes)) {
    if (field.number === 1 && field.bytes) type = typeMeta(field.bytes)
    else if (field.number === 2 && field.bytes) raw = Buffer.from(field.bytes)
  }
  return { apiVersion: type.apiVersion, kind: type.kind, ...decodeMessage(messageOf(type), raw) }
}

function typeMeta(bytes: Buffer): { apiVersion: string; kind: string } {
  const type = { apiVersion: '', kind: '' }
  for (const field of readFields(bytes)) {
    if (field.number === 1) type.apiVersion = field.bytes?.toString() ?? ''
    else if (field.number === 2) type.kind = field.bytes?.toString() ?? ''
  }
  return type
}

/** `rbac.authorization.k8s.io/v1` Role is message `rbac.v1.Role`; every group knows DeleteOptions. */
function messageOf({ apiVersion, kind }: { apiVersion: string; kind: string }): string {
  if (kind === 'DeleteOptions') return 'meta.v1.DeleteOptions'
  const { group, version } = parseApiVersion(apiVersion)
  return `${group === '' ? 'core' : (group.split('.')[0] ?? '')}.${version}.${kind}`
}
