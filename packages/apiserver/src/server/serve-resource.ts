/** A permitted request on a resource becomes a call of its verb. */

import type { AuditRecord } from '../audit/sink.ts'
import type { ResourceCall, RestServices } from '../rest/call.ts'
import { dispatch, resourceNotFound } from '../rest/dispatch.ts'
import { readDryRun, type WriteKind } from '../rest/write-options.ts'
import type { ApiAnswer, ApiRequest } from '../transport.ts'
import { negotiate } from './negotiate.ts'
import type { ResourceRoute } from './route.ts'
import type { Warnings } from './warnings.ts'

export interface ResourceServing {
  route: ResourceRoute
  verb: string
  request: ApiRequest
  warnings: Warnings
  audit: AuditRecord | undefined
}

/** @throws {StatusError} */
export function serveResource(
  rest: RestServices,
  { route, verb, request, warnings, audit }: ResourceServing,
): Promise<ApiAnswer> {
  const { definition } = route
  if (definition === undefined) throw resourceNotFound(rest.registry.presentation[route.group]?.absent)
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
