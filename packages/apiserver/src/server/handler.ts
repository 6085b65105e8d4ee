/** The way of every request: route, permission, limits, verb, answer. Knows nothing of sockets. */

import { StatusError } from '@berth/meta'
import type { AuditRecord, AuditSink } from '../audit/sink.ts'
import type { Authorizer } from '../auth/user.ts'
import type { RequestLabels } from '../metrics/metrics.ts'
import type { ResourceCall, RestServices } from '../rest/call.ts'
import { dispatch, resourceNotFound } from '../rest/dispatch.ts'
import { methodNotAllowed } from '../rest/subresource.ts'
import { readDryRun, type WriteKind } from '../rest/write-options.ts'
import type { ApiAnswer, ApiHandler, ApiRequest } from '../transport.ts'
import { attributesOf, authorize, verbOf } from './attributes.ts'
import { failureAnswer } from './failure.ts'
import { finish } from './finish.ts'
import type { InFlight } from './inflight.ts'
import { negotiate } from './negotiate.ts'
import { inNewForm } from './old-watch-paths.ts'
import { isHealthPath, servePath, type PathServices } from './paths.ts'
import { routeOf, type ResourceRoute, type Route } from './route.ts'
import { Warnings } from './warnings.ts'

export interface HandlerParts {
  rest: RestServices
  paths: PathServices
  authorizer: Authorizer
  inFlight: InFlight
  audit: AuditSink | undefined
}

export function createHandler(parts: HandlerParts): ApiHandler {
  return async (request) => {
    const { rest } = parts
    const started = performance.now()
    const warnings = new Warnings()
    const seen: Seen = { labels: noLabels }
    let answer: ApiAnswer
    try {
      answer = await withinTime(rest, serve(parts, request, { warnings, seen }))
      answer = await finish(request, answer, { warnings, gzipBytes: rest.limits.gzipBytes })
    } catch (error) {
      const { method, path } = request
      const context = { logger: rest.logger, errorId: () => rest.random.uuid(), request: { method, path } }
      answer = await finish(request, failureAnswer(error, context), { warnings, gzipBytes: Infinity })
    }
    const labels = answer.kind === 'upgrade' ? { ...seen.labels, verb: 'CONNECT' } : seen.labels
    const code = answer.kind === 'upgrade' ? 101 : answer.code
    rest.metrics.requestDone(labels, { code, seconds: (performance.now() - started) / 1000 })
    return answer
  }
}

const noLabels: RequestLabels = { verb: '', group: '', version: '', resource: '', subresource: '' }

interface Serving {
  warnings: Warnings
  seen: Seen
}

/** What becomes known of a request on its way, for metrics and the audit log. */
interface Seen {
  labels: RequestLabels
  audit?: AuditRecord
}

async function serve(parts: HandlerParts, asked: ApiRequest, { warnings, seen }: Serving): Promise<ApiAnswer> {
  const { rest, authorizer, inFlight } = parts
  if (asked.path.length > rest.limits.urlBytes) throw uriTooLong(rest.limits.urlBytes)
  const request = inNewForm(asked)
  const route = routeOf(rest.registry, request.path)
  const verb = verbOf(route, request)
  if (verb === undefined) throw methodNotAllowed()
  seen.labels = labelsOf(route, verb)
  const attributes = attributesOf(route, verb, request)
  const audit = parts.audit?.begin(request, attributes)
  if (audit !== undefined) seen.audit = audit
  const leave = enter(inFlight, { route, verb, request, rejected: (kind) => rest.metrics.rejected(kind) })
  try {
    authorize(authorizer, attributes, route)
    if (route.kind === 'path') return await servePath(parts.paths, { ...request, path: route.path })
    return await serveResource(rest, { route, verb, request, warnings, audit })
  } finally {
    leave()
  }
}

function enter(
  inFlight: InFlight,
  {
    route,
    verb,
    request,
    rejected,
  }: { route: Route; verb: string; request: ApiRequest; rejected: (kind: 'readOnly' | 'mutating') => void },
): () => void {
  // Health must answer in any load; watches and upgrades last long and are bounded by connections instead.
  const health = route.kind === 'path' && isHealthPath(route.path)
  const upgrade = request.upgrade && route.kind === 'resource' && route.subresource !== undefined
  if (verb === 'watch' || upgrade || health) return () => {}
  const kind = request.method === 'GET' || request.method === 'HEAD' ? 'readOnly' : 'mutating'
  try {
    return inFlight.enter(kind, request.user)
  } catch (error) {
    rejected(kind)
    throw error
  }
}

interface ResourceServing {
  route: ResourceRoute
  verb: string
  request: ApiRequest
  warnings: Warnings
  audit: AuditRecord | undefined
}

function serveResource(
  rest: RestServices,
  { route, verb, request, warnings, audit }: ResourceServing,
): Promise<ApiAnswer> {
  const { definition } = route
  if (definition === undefined) throw resourceNotFound()
  const deprecated = definition.versions.find((version) => version.name === route.version)?.deprecated
  if (deprecated !== undefined) warnings.add(deprecated)
  const call: ResourceCall = {
    services: rest,
    definition,
    version: route.version,
    namespace: definition.namespaced ? route.namespace : undefined,
    request,
    representation: negotiate(request),
    user: request.user,
    dryRun: verb in writeKinds && readDryRun(writeKinds[verb] ?? 'update', request.query.getAll('dryRun')),
    now: rest.clock.now(),
    warn: (text) => warnings.add(text),
    annotate: (key, value) => audit?.annotate(key, value),
  }
  return dispatch(call, route, verb)
}

const writeKinds: Record<string, WriteKind> = {
  create: 'create',
  update: 'update',
  patch: 'patch',
  delete: 'delete',
  deletecollection: 'delete',
}

/** Only what is served gets a label of its own, so that nobody can fill the metrics with names. */
function labelsOf(route: Route, verb: string): RequestLabels {
  if (route.kind === 'path') return { ...noLabels, verb: verb === 'get' || verb === 'head' ? 'GET' : 'OTHER' }
  const { definition, group, version, resource, subresource = '' } = route
  if (definition === undefined) return { ...noLabels, verb: verb.toUpperCase() }
  const known = subresource === 'status' || Object.hasOwn(definition.subresources ?? {}, subresource)
  return { verb: verb.toUpperCase(), group, version, resource, subresource: known ? subresource : '' }
}

export function uriTooLong(limit: number): StatusError {
  return new StatusError('BadRequest', `the URL is longer than ${limit} bytes`, { httpCode: 414 })
}

function withinTime(rest: RestServices, work: Promise<ApiAnswer>): Promise<ApiAnswer> {
  return new Promise((resolve, reject) => {
    const cancel = rest.clock.after(rest.limits.requestMs, () => {
      const seconds = Math.round(rest.limits.requestMs / 1000)
      reject(
        new StatusError('Timeout', `Timeout: request did not complete within ${seconds}s`, {
          details: { retryAfterSeconds: 1 },
        }),
      )
    })
    const settled =
      <T>(then: (value: T) => void) =>
      (value: T): void => {
        cancel()
        then(value)
      }
    work.then(settled(resolve), settled(reject))
  })
}
