/** What plug-ins are told of a write, from the call that makes it. */

import type { JsonObject } from '@berth/meta'
import type { ApiObject } from '../rest/api-object.ts'
import type { ResourceCall } from '../rest/call.ts'
import type { DeleteOptions } from '../rest/delete-options.ts'
import type { AdmissionAttributes, AdmissionOperation } from './plugin.ts'

export interface WriteFacts {
  operation: AdmissionOperation
  subresource: string
  name: string
  object: ApiObject | undefined
  oldObject: ApiObject | undefined
  options: JsonObject
}

export function attributesOfWrite(call: ResourceCall, facts: WriteFacts): AdmissionAttributes {
  return {
    ...facts,
    definition: call.definition,
    version: call.version,
    namespace: call.namespace,
    user: call.user,
    dryRun: call.dryRun,
    now: call.now,
    signal: call.request.signal,
    warn: (text) => call.warn(text),
    annotate: (key, value) => call.annotate(key, value),
  }
}

/** CreateOptions, UpdateOptions or PatchOptions as the query gives them. */
export function writeOptionsOf(
  call: ResourceCall,
  kind: 'CreateOptions' | 'UpdateOptions' | 'PatchOptions',
): JsonObject {
  const { query } = call.request
  const options: JsonObject = { kind, apiVersion: 'meta.k8s.io/v1' }
  if (call.dryRun) options['dryRun'] = ['All']
  for (const field of ['fieldManager', 'fieldValidation'] as const) {
    const value = query.get(field) ?? ''
    if (value !== '') options[field] = value
  }
  const force = query.get('force')
  if (kind === 'PatchOptions' && force !== null) options['force'] = force === 'true' || force === '1'
  return options
}

export function deleteOptionsOf(call: ResourceCall, options: DeleteOptions): JsonObject {
  const { graceSeconds, propagation, preconditions } = options
  return {
    kind: 'DeleteOptions',
    apiVersion: 'meta.k8s.io/v1',
    ...(call.dryRun ? { dryRun: ['All'] } : {}),
    ...(graceSeconds === undefined ? {} : { gracePeriodSeconds: graceSeconds }),
    ...(propagation === undefined ? {} : { propagationPolicy: propagation }),
    ...(Object.keys(preconditions).length === 0 ? {} : { preconditions: { ...preconditions } }),
  }
}
