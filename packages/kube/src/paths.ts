/** API paths built from resources and names, so that no name can step out of its place in the path. */

import type { ResourceRef } from '@berth/meta'
import type { DeleteParams, ListParams, WriteParams } from './contract.ts'
import { ClientError } from './errors.ts'

export interface PathTarget {
  namespace?: string
  name?: string
  /** May have several segments: `portforward/22/tcp`. */
  subresource?: string
}

/**
 * `/apis/kubevirt.io/v1/namespaces/default/virtualmachines/web/status`, percent-encoded.
 * @throws {ClientError} InvalidName for a segment that is empty, `.`, `..` or has a slash or percent sign
 *   (the names kube-apiserver refuses as path segments)
 */
export function pathOf(ref: ResourceRef, target: PathTarget = {}): string {
  const segments = ref.group === '' ? ['api', ref.version] : ['apis', ref.group, ref.version]
  if (target.namespace !== undefined) segments.push('namespaces', target.namespace)
  segments.push(ref.resource)
  if (target.name !== undefined) segments.push(target.name)
  if (target.subresource !== undefined) segments.push(...target.subresource.split('/'))
  return segments.map((segment) => `/${encodeSegment(segment)}`).join('')
}

function encodeSegment(segment: string): string {
  if (segment === '' || segment === '.' || segment === '..' || /[/%]/.test(segment)) {
    throw new ClientError('InvalidName', `${JSON.stringify(segment)} cannot be part of an API path`, {
      remedy: 'Use the name as the API shows it; names have no slash or percent sign and are never empty.',
    })
  }
  try {
    return encodeURIComponent(segment)
  } catch (cause) {
    throw new ClientError('InvalidName', `${JSON.stringify(segment)} is not valid text for an API path`, { cause })
  }
}

/** `?a=1&b=2`, or nothing when no value is set. */
export function queryOf(values: Record<string, string | number | boolean | undefined>): string {
  const query = new URLSearchParams()
  for (const [key, value] of Object.entries(values)) if (value !== undefined) query.set(key, String(value))
  return query.size === 0 ? '' : `?${query.toString()}`
}

export function listQuery(params: Omit<ListParams, 'namespace'>): Record<string, string | number | undefined> {
  return {
    labelSelector: params.labelSelector,
    fieldSelector: params.fieldSelector,
    limit: params.limit,
    continue: params.continue,
    resourceVersion: params.resourceVersion,
  }
}

export function writeQuery(params: WriteParams): Record<string, string | undefined> {
  return {
    dryRun: params.dryRun === true ? 'All' : undefined,
    fieldManager: params.fieldManager,
    fieldValidation: params.fieldValidation,
  }
}

/** Options of a DELETE travel in its body. */
export function deleteOptions(params: DeleteParams): string {
  return JSON.stringify({
    kind: 'DeleteOptions',
    apiVersion: 'v1',
    gracePeriodSeconds: params.gracePeriodSeconds,
    propagationPolicy: params.propagationPolicy,
    preconditions: params.preconditions,
    ...(params.dryRun === true ? { dryRun: ['All'] } : {}),
  })
}
