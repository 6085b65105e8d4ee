/** Hands a request to a subresource (or a collection's own endpoint) and turns what it answers into an answer. */

import { badRequest, isJsonObject, StatusError, type Json } from '@berth/meta'
import type { Subresource, SubresourceAnswer, SubresourceRequest } from '../resource/definition.ts'
import type { ApiAnswer } from '../transport.ts'
import { admitSubresource } from './admit-subresource.ts'
import { answerValue } from './answer.ts'
import { contentTypeOf, emptyBody, readDocument } from './body.ts'
import type { ResourceCall } from './call.ts'
import { parseJson, type ParsedDocument } from './parse-json.ts'

export interface SubresourceTarget {
  subresource: Subresource
  /** As admission knows it (`evacuate/cancel`); undefined for a collection's own endpoint, which is not admitted. */
  path?: string
  /** Empty for a collection's own endpoint. */
  name: string
  rest: string[]
}

/** @throws {StatusError} MethodNotAllowed, and whatever the subresource refuses with */
export async function serveSubresource(call: ResourceCall, target: SubresourceTarget): Promise<ApiAnswer> {
  const { request } = call
  const method = checkMethod(call, target.subresource.methods)
  const document = request.upgrade ? undefined : await readAnyJson(call)
  const { subresource, path, name } = target
  if (method === 'POST' || method === 'PUT') checkKind(subresource, document?.value)
  const body =
    path === undefined
      ? document?.value
      : await admitSubresource(call, { subresource, path, name, body: document?.value })
  const contentType = contentTypeOf(request)
  const userAgent = request.headers['user-agent']
  const question: SubresourceRequest = {
    user: call.user,
    namespace: call.namespace,
    dryRun: call.dryRun,
    warn: (text) => call.warn(text),
    now: call.now,
    method,
    version: call.version,
    name: target.name,
    rest: target.rest,
    query: request.query,
    body,
    ...(contentType === undefined ? {} : { contentType }),
    ...(userAgent === undefined ? {} : { userAgent }),
    upgrade: request.upgrade,
    signal: request.signal,
  }
  return toAnswer(call, await target.subresource.handle(question))
}

/** A subresource with a kind of its own is sent an object of it, and says so before anything else. */
function checkKind({ kind: expected }: Subresource, body: Json | undefined): void {
  if (expected === undefined) return
  const { group, kind } = expected
  if (body === undefined) throw emptyBody(kind)
  if (!isJsonObject(body)) throw badRequest(`the object provided is unrecognized (must be of type ${kind}): no object`)
  const sent = body['kind'] ?? ''
  if (sent === '' || sent === kind) return
  const shown = typeof sent === 'string' ? sent.slice(0, 256) : typeof sent
  const version = typeof body['apiVersion'] === 'string' ? body['apiVersion'].slice(0, 256).replace(/^.*\//, '') : ''
  const why = `converting (${version}.${shown}) to (${group.split('.', 1)[0]}.${kind}): unknown conversion`
  throw badRequest(`${shown} in version "${version}" cannot be handled as a ${kind}: ${why}`)
}

/**
 * @returns the request's method, which is among `methods`
 * @throws {StatusError} MethodNotAllowed
 */
export function checkMethod({ request }: ResourceCall, methods: readonly string[]): string {
  const method = request.method === 'HEAD' ? 'GET' : request.method
  if (!methods.includes(method)) throw methodNotAllowed()
  return method
}

export function methodNotAllowed(): StatusError {
  return new StatusError('MethodNotAllowed', 'the server does not allow this method on the requested resource', {
    details: {},
  })
}

/** Subresources take patches of every JSON type as plain bodies. */
async function readAnyJson(call: ResourceCall): Promise<ParsedDocument | undefined> {
  const { request, services } = call
  if (contentTypeOf(request)?.endsWith('+json') !== true) return readDocument(request, services.limits)
  const bytes = await request.body()
  return bytes.length === 0 ? undefined : parseJson(bytes, services.limits.jsonDepth)
}

function toAnswer(call: ResourceCall, answer: SubresourceAnswer): ApiAnswer {
  if (answer.kind === 'stream') {
    return { kind: 'stream', code: 200, headers: { 'content-type': answer.contentType }, body: answer.body }
  }
  if (answer.kind === 'upgrade') {
    if (!call.request.upgrade) throw badRequest('Upgrade request required')
    return answer
  }
  const { code = 200 } = answer
  if (answer.kind === 'json') return answerValue({ ...call.representation, as: 'object' }, code, answer.body)
  if (answer.kind === 'text') return full(code, 'text/plain; charset=utf-8', answer.body)
  if (answer.kind === 'bytes') return full(code, answer.contentType, answer.body)
  return { kind: 'full', code, headers: {}, body: '' }
}

function full(code: number, contentType: string, body: Buffer | string): ApiAnswer {
  // The texts of guests are shown in browsers as what they are, not as what they look like.
  return { kind: 'full', code, headers: { 'content-type': contentType, 'x-content-type-options': 'nosniff' }, body }
}
