/** One request as audit.k8s.io/v1 Events, with exactly Kubernetes' fields. */

import { isJsonObject, type JsonObject } from '@berth/meta'
import type { Attributes, UserInfo } from '../auth/user.ts'
import type { ApiRequest } from '../transport.ts'
import type { AuditStage } from './policy.ts'
import type { AuditLevel } from './sink.ts'

export interface AuditFacts {
  readonly id: string
  readonly level: AuditLevel
  readonly request: ApiRequest
  readonly attributes: Attributes
  readonly received: Date
  readonly annotations: Record<string, string>
  requestObject?: unknown
  responseObject?: unknown
  responseStatus?: JsonObject
}

/** Kubernetes cuts longer ones. */
const maxUserAgent = 1024

/** The event without its annotations, which the log adds to when it writes the line. */
export function eventOf(facts: AuditFacts, stage: AuditStage, now: Date): JsonObject {
  const { request, attributes } = facts
  const { user } = attributes
  const query = request.query.toString()
  const agent = request.headers['user-agent']
  const event: Record<string, unknown> = {
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level: facts.level,
    auditID: facts.id,
    stage,
    requestURI: query === '' ? request.path : `${request.path}?${query}`,
    verb: attributes.verb,
    user: userOf(user.impersonator ?? user),
    impersonatedUser: user.impersonator === undefined ? undefined : userOf(user),
    sourceIPs: sourceAddresses(request),
    userAgent:
      agent !== undefined && agent.length > maxUserAgent ? `${agent.slice(0, maxUserAgent)}...TRUNCATED` : agent,
    objectRef: attributes.kind === 'resource' ? objectReference(attributes, facts.requestObject) : undefined,
    responseStatus: facts.responseStatus,
    requestObject: facts.requestObject,
    responseObject: facts.responseObject,
    requestReceivedTimestamp: microTime(facts.received),
    stageTimestamp: microTime(now),
  }
  // Bodies come from JSON; members that are undefined vanish when the event is written.
  return event as JsonObject
}

function microTime(date: Date): string {
  return `${date.toISOString().slice(0, 23)}000Z`
}

function userOf(user: UserInfo): object {
  return {
    username: user.name,
    uid: user.uid,
    groups: user.groups,
    extra: user.extra !== undefined && Object.keys(user.extra).length > 0 ? user.extra : undefined,
  }
}

/** As Kubernetes orders them: what proxies claim, then who connected. Only the last is certain. */
function sourceAddresses({ headers, remoteAddress }: ApiRequest): string[] | undefined {
  const forwarded = (headers['x-forwarded-for'] ?? '').split(',').map((each) => each.trim())
  const real = (headers['x-real-ip'] ?? '').trim()
  const claimed = forwarded.filter(isAddress)
  if (isAddress(real) && !claimed.includes(real)) claimed.push(real)
  if (remoteAddress !== undefined && remoteAddress !== '' && claimed.at(-1) !== remoteAddress)
    claimed.push(remoteAddress)
  return claimed.length === 0 ? undefined : claimed
}

function isAddress(text: string): boolean {
  return text.length <= 45 && /^[0-9a-fA-F.:]+$/.test(text) && /[.:]/.test(text)
}

function objectReference(attributes: Extract<Attributes, { kind: 'resource' }>, body: unknown): object {
  const { resource, namespace, name, group, version, subresource } = attributes
  const metadata = metadataOf(body)
  const text = (key: string): string | undefined => {
    const value = metadata?.[key]
    return typeof value === 'string' && value !== '' ? value : undefined
  }
  return {
    resource,
    namespace,
    name: name ?? text('name'),
    uid: text('uid'),
    apiGroup: group === '' ? undefined : group,
    apiVersion: version,
    resourceVersion: text('resourceVersion'),
    subresource,
  }
}

function metadataOf(body: unknown): JsonObject | undefined {
  const metadata = isJsonObject(body) ? body['metadata'] : undefined
  return isJsonObject(metadata) ? metadata : undefined
}
