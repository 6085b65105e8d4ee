/** The way of every request: route, place in the queue, permission, verb, answer. Knows nothing of sockets. */

import { StatusError } from '@berth/meta'
import type { AuditRecord, AuditSink } from '../audit/sink.ts'
import type { Attributes, Authorizer } from '../auth/user.ts'
import type { RequestLabels } from '../metrics/metrics.ts'
import { collectionOf } from '../resource/traits.ts'
import { StoreError } from '../storage/store.ts'
import type { RestServices } from '../rest/call.ts'
import { prefixOf } from '../rest/list.ts'
import { methodNotAllowed } from '../rest/subresource.ts'
import type { ApiAnswer, ApiHandler, ApiRequest } from '../transport.ts'
import { allowedMethods } from './allowed-methods.ts'
import { attributesOf, authorize, verbOf } from './attributes.ts'
import { auditedRequest, finishAudit } from './audited.ts'
import { failureAnswer } from './failure.ts'
import { finish } from './finish.ts'
import { isHealthPath } from './health.ts'
import type { InFlight } from './inflight.ts'
import { longKindOf, type LongKind, type LongRunning } from './long-running.ts'
import { inNewForm } from './old-watch-paths.ts'
import { servePath, type PathServices } from './paths.ts'
import type { PriorityAndFairness, Ticket } from './priority/priority-and-fairness.ts'
import { seatsOf } from './priority/work-estimate.ts'
import { requestTimeMs, withinTime } from './request-time.ts'
import { routeOf, type Route } from './route.ts'
import { serveResource } from './serve-resource.ts'
import { uriTooLong } from './uri-too-long.ts'
import { Warnings } from './warnings.ts'
import { whenOver } from './when-over.ts'

export interface HandlerParts {
  rest: RestServices
  paths: PathServices
  authorizer: Authorizer
  inFlight: InFlight
  priority: PriorityAndFairness
  longRunning: LongRunning
  audit: AuditSink | undefined
}

export function createHandler(parts: HandlerParts): ApiHandler {
  return async (request) => {
    const { rest } = parts
    const started = performance.now()
    const leave = parts.inFlight.enter(request.method)
    const warnings = new Warnings()
    const seen: Seen = { labels: noLabels }
    const done = (answer: ApiAnswer, gzipBytes: number): Promise<ApiAnswer> => {
      const auditId = seen.audit?.id ?? rest.random.uuid()
      const headers = { 'audit-id': auditId, ...seen.ticket?.headers, ...allowHeader(answer, seen.route) }
      return finish(request, answer, { headers, warnings, gzipBytes })
    }
    let answer: ApiAnswer
    try {
      answer = await done(await withinLimit(parts, request, { warnings, seen }), rest.limits.gzipBytes)
    } catch (error) {
      const { method, path } = request
      const context = { logger: rest.logger, errorId: () => rest.random.uuid(), request: { method, path } }
      seen.fault = !(error instanceof StatusError || error instanceof StoreError)
      answer = await done(failureAnswer(error, context), Infinity)
    }
    leave()
    const labels = answer.kind === 'upgrade' ? { ...seen.labels, verb: 'CONNECT' } : seen.labels
    const code = answer.kind === 'upgrade' ? 101 : answer.code
    rest.metrics.requestDone(labels, { code, seconds: (performance.now() - started) / 1000 })
    return seen.audit === undefined
      ? answer
      : finishAudit(seen.audit, answer, { signal: request.signal, fault: seen.fault === true })
  }
}

const noLabels: RequestLabels = { verb: '', group: '', version: '', resource: '', subresource: '' }

interface Serving {
  warnings: Warnings
  seen: Seen
}

/** What becomes known of a request on its way, for headers, metrics and the audit log. */
interface Seen {
  labels: RequestLabels
  route?: Route
  audit?: AuditRecord
  /** The server itself failed. */
  fault?: boolean
  ticket?: Ticket
}

function allowHeader(answer: ApiAnswer, route: Route | undefined): Record<string, string> {
  return answer.kind === 'full' && answer.code === 405 && route !== undefined ? { allow: allowedMethods(route) } : {}
}

async function withinLimit(parts: HandlerParts, asked: ApiRequest, serving: Serving): Promise<ApiAnswer> {
  const { clock, limits } = parts.rest
  if (asked.path.length > limits.urlBytes) throw uriTooLong(limits.urlBytes)
  const request = inNewForm(asked)
  return withinTime(clock, requestTimeMs(request.query, limits.requestMs), serve(parts, request, serving))
}

async function serve(parts: HandlerParts, request: ApiRequest, { warnings, seen }: Serving): Promise<ApiAnswer> {
  const { rest, authorizer } = parts
  if (request.refused !== undefined) throw refused(parts, request, seen)
  const route = routeOf(rest.registry, request.path)
  seen.route = route
  const verb = verbOf(route, request)
  if (verb === undefined) throw methodNotAllowed()
  seen.labels = labelsOf(route, verb)
  const attributes = attributesOf(route, verb, request)
  const audit = parts.audit?.begin(request, attributes)
  if (audit !== undefined) seen.audit = audit
  const long = longKindOf(route, verb, request)
  const leave = await enter(parts, { route, verb, request, attributes, long, seen })
  return leaving(leave, { long, request, afterMs: rest.limits.requestMs, rest }, async () => {
    permit(authorizer, { attributes, route, audit })
    if (route.kind === 'path') return servePath(parts.paths, { ...request, path: route.path })
    return serveResource(rest, { route, verb, request: auditedRequest(request, audit, rest.limits), warnings, audit })
  })
}

/** The refusal of credentials that are not good; the audit log hears of what was tried with them. */
function refused({ rest, audit }: HandlerParts, request: ApiRequest, seen: Seen): StatusError | undefined {
  try {
    const route = routeOf(rest.registry, request.path)
    const verb = verbOf(route, request)
    const record = verb === undefined ? undefined : audit?.begin(request, attributesOf(route, verb, request))
    if (record !== undefined) seen.audit = record
  } catch {
    // A path that leads nowhere: that is for those to know who may look.
  }
  return request.refused
}

interface Permission {
  attributes: Attributes
  route: Route
  audit: AuditRecord | undefined
}

/** @throws {StatusError} Forbidden */
function permit(authorizer: Authorizer, { attributes, route, audit }: Permission): void {
  try {
    const reason = authorize(authorizer, attributes, route)
    audit?.annotate('authorization.k8s.io/decision', 'allow')
    audit?.annotate('authorization.k8s.io/reason', reason)
  } catch (error) {
    audit?.annotate('authorization.k8s.io/decision', 'forbid')
    throw error
  }
}

interface Entering {
  route: Route
  verb: string
  request: ApiRequest
  attributes: Attributes
  long: LongKind | undefined
  seen: Seen
}

/** What is given back when the work is done (`seats`), and when the answer is over (`place`). */
interface Leave {
  seats(): void
  place(): void
}

/** @throws {StatusError} TooManyRequests */
async function enter(parts: HandlerParts, entering: Entering): Promise<Leave> {
  const { route, verb, request, attributes, long, seen } = entering
  const nothing = (): void => {}
  // Health must answer in any load.
  if (route.kind === 'path' && isHealthPath(route.path)) return { seats: nothing, place: nothing }
  const place = long === undefined ? nothing : parts.longRunning.enter(long, request.user)
  // What is not a watch and lasts does its work outside: seats would say nothing of it.
  if (long === 'stream') return { seats: nothing, place }
  try {
    const ticket = await parts.priority.enter({
      attributes,
      seats: seatsOf(verb, request, () => countOf(parts.rest, route)),
      signal: request.signal,
    })
    seen.ticket = ticket
    return { seats: () => ticket.leave(), place }
  } catch (error) {
    place()
    throw error
  }
}

/** How many objects the path names; undefined for what is not a stored collection. */
function countOf({ store }: RestServices, route: Route): number | undefined {
  if (route.kind === 'path' || route.definition === undefined || route.name !== undefined) return undefined
  const { definition, namespace } = route
  const place = prefixOf({ definition, namespace })
  if (place.prefix === undefined) return store.count(collectionOf(definition))
  const { items, remaining } = store.list(collectionOf(definition), { ...place, limit: 1 })
  return items.length + remaining
}

interface Leaving {
  long: LongKind | undefined
  request: ApiRequest
  afterMs: number
  rest: RestServices
}

/** A big list keeps its seats while it is sent, for as long as a request may take; a watch only while it is set up. */
async function leaving(
  leave: Leave,
  { long, request, afterMs, rest }: Leaving,
  work: () => Promise<ApiAnswer>,
): Promise<ApiAnswer> {
  try {
    const answer = await work()
    if (long !== undefined) {
      leave.seats()
      return whenOver(answer, request.signal, () => leave.place())
    }
    if (answer.kind === 'full') leave.seats()
    const cancel = answer.kind === 'full' ? undefined : rest.clock.after(afterMs, () => leave.seats())
    return whenOver(answer, request.signal, () => {
      cancel?.()
      leave.seats()
    })
  } catch (error) {
    leave.seats()
    leave.place()
    throw error
  }
}

/** Only what is served gets a label of its own, so that nobody can fill the metrics with names. */
function labelsOf(route: Route, verb: string): RequestLabels {
  if (route.kind === 'path') return { ...noLabels, verb: verb === 'get' || verb === 'head' ? 'GET' : 'OTHER' }
  const { definition, group, version, resource, subresource = '' } = route
  if (definition === undefined) return { ...noLabels, verb: verb.toUpperCase() }
  const known = subresource === 'status' || Object.hasOwn(definition.subresources ?? {}, subresource)
  return { verb: verb.toUpperCase(), group, version, resource, subresource: known ? subresource : '' }
}
