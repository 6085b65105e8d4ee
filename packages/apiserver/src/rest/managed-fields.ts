/** Binds field management to the verbs: which version, manager and part of the object a write is recorded for. */

import { apiVersionOf, deepEqual, formatTime, StatusError, type JsonObject, type StatusCause } from '@berth/meta'
import { alwaysThere } from '../fieldmanager/always-there.ts'
import { shareAssigned, toAssign } from '../fieldmanager/assigned.ts'
import { entryCauses } from '../fieldmanager/check-managers.ts'
import { managerOf } from '../fieldmanager/manager-name.ts'
import {
  isReset,
  noManagers,
  parseManagers,
  readManagers,
  sameManagers,
  withoutEmpty,
  writeManagers,
  type Managers,
} from '../fieldmanager/managers.ts'
import { recordUpdate } from '../fieldmanager/record-update.ts'
import type { Kind, Write } from '../fieldmanager/write.ts'
import type { ApiObject } from './api-object.ts'
import type { ResourceCall } from './call.ts'

/** @param subresource empty for the object itself */
export function writeOf(call: ResourceCall, subresource: string): Write {
  const { definition, request, version } = call
  return {
    manager: managerOf(request.query.get('fieldManager') ?? '', request.headers['user-agent']),
    apiVersion: apiVersionOf({ group: definition.group, version }),
    subresource,
    time: formatTime(call.now),
  }
}

export function managedKind({ definition, services }: Pick<ResourceCall, 'definition' | 'services'>): Kind {
  return {
    schema: definition.schema,
    context: { schemas: services.registry.schemas, builtIn: definition.strategicMerge === true },
  }
}

/**
 * Owners of an object a client sent, without those of versions that are not served.
 * @param stored owners as stored; what counts when the client sends none, or none that make sense
 */
function ownersSent(call: ResourceCall, sent: readonly JsonObject[], stored: Managers): Managers {
  if (isReset(sent)) return noManagers
  const parsed = parseManagers(sent)
  return parsed === undefined || parsed.size === 0 ? stored : servedOwners(call, withoutEmpty(parsed))
}

/** Owners whose version is gone own nothing that could still be told. */
export function servedOwners({ definition }: Pick<ResourceCall, 'definition'>, managers: Managers): Managers {
  const served = new Set(
    definition.versions.map(({ name }) => apiVersionOf({ group: definition.group, version: name })),
  )
  const known = [...managers].filter(([, entry]) => served.has(entry.apiVersion))
  return known.length === managers.size ? managers : new Map(known)
}

/** What a creator sent that recording needs to know, as of before anything was defaulted. */
export interface Sent {
  managedFields: readonly JsonObject[] | undefined
  /** Paths the server is going to fill. */
  assigned: readonly string[][]
}

/** Takes what a creator says of owners out of its object. */
export function sentOnCreate({ definition }: Pick<ResourceCall, 'definition'>, object: ApiObject): Sent {
  return {
    managedFields: takeSent(object),
    assigned: definition.strategicMerge === true ? toAssign(definition.kind, object) : [],
  }
}

/** Takes what the client says of owners out of its object. */
export function takeSent(object: ApiObject): readonly JsonObject[] | undefined {
  const { managedFields } = object.metadata
  delete object.metadata.managedFields
  return managedFields
}

/** Records the creator as owner of all it sent and all that has a default. */
export function recordCreate(
  call: ResourceCall,
  object: ApiObject,
  { managedFields: sent, assigned }: Sent,
): StatusCause[] {
  const before: JsonObject = alwaysThere(call.definition)
  // The status of a new object is the server's.
  if (call.definition.status === true && object['status'] !== undefined) before['status'] = object['status']
  shareAssigned(before, object, assigned)
  const managers = sent === undefined ? noManagers : ownersSent(call, sent, noManagers)
  const change = { before, after: object, kind: managedKind(call), write: writeOf(call, '') }
  setManagers(object, recordUpdate(managers, change))
  return entryCauses(managers)
}

export interface Recording {
  previous: ApiObject
  /** What the client says of owners; subresources do not listen to it. */
  sent: readonly JsonObject[] | undefined
  /** Empty for the object itself. */
  subresource: string
}

/**
 * Records the writer as owner of what differs between `previous` and `object`. An object without owners stays without: nobody could
 * tell whose the rest is (until somebody applies).
 * @returns causes for entries the client sent that must not be
 */
export function recordChange(
  call: ResourceCall,
  object: ApiObject,
  { previous, sent, subresource }: Recording,
): StatusCause[] {
  const stored = previous.metadata.managedFields
  const own = sent !== undefined && subresource === '' && !deepEqual(sent, stored)
  // The same list on both sides is no difference, and costs nothing to compare.
  if (stored === undefined) delete object.metadata.managedFields
  else object.metadata.managedFields = stored
  const known = readManagers(stored)
  const managers = own ? ownersSent(call, sent, known) : known
  if (managers.size === 0) {
    delete object.metadata.managedFields
    return []
  }
  const change = { before: previous, after: object, kind: managedKind(call), write: writeOf(call, subresource) }
  const recorded = recordUpdate(managers, change)
  if (recorded !== known) setManagers(object, recorded === managers ? recorded : servedOwners(call, recorded))
  return own ? entryCauses(managers) : []
}

export function setManagers(object: ApiObject, managers: Managers): void {
  const list = writeManagers(managers)
  if (list === undefined) delete object.metadata.managedFields
  else object.metadata.managedFields = list
}

/** Puts back the owners when a plug-in has left something in their place that cannot be read. */
export function keepOwners(object: ApiObject, owners: JsonObject[] | undefined): void {
  const { managedFields } = object.metadata
  if (managedFields === undefined || managedFields === owners) return
  try {
    if (parseManagers(managedFields) !== undefined) return
  } catch (error) {
    if (!(error instanceof StatusError)) throw error
  }
  if (owners === undefined) delete object.metadata.managedFields
  else object.metadata.managedFields = owners
}

/** Whether two objects differ at most in the times of their owners. */
export function differsInTimesOnly(object: ApiObject, previous: ApiObject): boolean {
  const { managedFields } = object.metadata
  const before = previous.metadata.managedFields
  if (managedFields === before) return deepEqual(object, previous)
  const aligned = { ...object, metadata: { ...object.metadata } }
  if (before === undefined) delete aligned.metadata.managedFields
  else aligned.metadata.managedFields = before
  return deepEqual(aligned, previous) && sameManagers(readManagers(managedFields), readManagers(before))
}
