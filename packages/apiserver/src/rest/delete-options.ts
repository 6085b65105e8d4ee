/** DeleteOptions, from the body or, as older clients do, from the query. */

import { badRequest, invalid, invalidValue, isJsonObject, type Json, type JsonObject } from '@berth/meta'
import { readDocument } from './body.ts'
import type { ResourceCall } from './call.ts'
import { readDryRun, unsupportedOption } from './write-options.ts'

export type Propagation = 'Background' | 'Foreground' | 'Orphan'

export interface DeleteOptions {
  dryRun: boolean
  graceSeconds: number | undefined
  propagation: Propagation | undefined
  preconditions: { uid?: string; resourceVersion?: string }
}

/**
 * `ignoreStoreReadErrorWithClusterBreakingPotential` is for objects that cannot be read any more; the store has none, so it changes
 * nothing, as in a kube-apiserver without that feature.
 * @throws {StatusError} BadRequest, Invalid
 */
export async function readDeleteOptions(call: ResourceCall): Promise<DeleteOptions> {
  const { request, services } = call
  const document = await readDocument(request, services.limits)
  const body = document === undefined || document.value === null ? {} : document.value
  if (!isJsonObject(body)) throw badRequest('the body of a delete must be DeleteOptions')
  const kind = body['kind'] ?? ''
  if (kind !== '' && kind !== 'DeleteOptions') throw badRequest('the body of a delete must be DeleteOptions')
  const options = document === undefined ? fromQuery(request.query) : body
  const dryRun = stringsOf(options['dryRun'], 'dryRun')
  return {
    dryRun: readDryRun('delete', [...dryRun, ...request.query.getAll('dryRun')]),
    graceSeconds: graceOf(options['gracePeriodSeconds']),
    propagation: propagationOf(options),
    preconditions: preconditionsOf(options['preconditions']),
  }
}

function fromQuery(query: URLSearchParams): JsonObject {
  const options: JsonObject = {}
  const grace = query.get('gracePeriodSeconds') ?? ''
  if (grace !== '') {
    if (!/^[+-]?[0-9]{1,15}$/.test(grace)) {
      throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(grace)}: invalid syntax`)
    }
    options['gracePeriodSeconds'] = Number(grace)
  }
  const policy = query.get('propagationPolicy') ?? ''
  if (policy !== '') options['propagationPolicy'] = policy
  const orphan = query.get('orphanDependents')
  // As Kubernetes reads flags: everything that is not a no is a yes.
  if (orphan !== null) options['orphanDependents'] = orphan.toLowerCase() !== 'false' && orphan !== '0'
  return options
}

function stringsOf(value: Json | undefined, field: string): string[] {
  if (value === undefined || value === null) return []
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value
  throw badRequest(`${field} of DeleteOptions must be a list of strings`)
}

function graceOf(value: Json | undefined): number | undefined {
  if (value === undefined || value === null) return undefined
  if (!Number.isSafeInteger(value)) throw badRequest('gracePeriodSeconds of DeleteOptions must be a whole number')
  // As Kubernetes: a negative grace is the shortest that still is one.
  return Number(value) < 0 ? 1 : Number(value)
}

const policies = ['Foreground', 'Background', 'Orphan'] as const

function propagationOf(options: JsonObject): Propagation | undefined {
  const policy = options['propagationPolicy'] ?? ''
  const orphan = options['orphanDependents'] ?? undefined
  if (orphan !== undefined && typeof orphan !== 'boolean') {
    throw badRequest('orphanDependents of DeleteOptions must be true or false')
  }
  if (policy === '') {
    if (orphan === undefined) return undefined
    return orphan ? 'Orphan' : 'Background'
  }
  const known = policies.find((each) => each === policy)
  if (known === undefined) {
    const shown = typeof policy === 'string' ? policy : ''
    throw unsupportedOption('delete', 'propagationPolicy', shown, [...policies, 'nil'])
  }
  if (orphan !== undefined) {
    const why = 'orphanDependents and deletionPropagation cannot be both set'
    throw invalid({ group: 'meta.k8s.io', kind: 'DeleteOptions' }, '', [invalidValue('propagationPolicy', known, why)])
  }
  return known
}

function preconditionsOf(value: Json | undefined): DeleteOptions['preconditions'] {
  if (value === undefined || value === null) return {}
  if (!isJsonObject(value)) throw badRequest('preconditions of DeleteOptions must be an object')
  const preconditions: DeleteOptions['preconditions'] = {}
  for (const field of ['uid', 'resourceVersion'] as const) {
    const wanted = value[field]
    if (wanted === undefined || wanted === null) continue
    if (typeof wanted !== 'string') throw badRequest(`preconditions.${field} of DeleteOptions must be a string`)
    preconditions[field] = wanted
  }
  return preconditions
}
