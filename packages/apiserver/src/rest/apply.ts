/** PATCH with an applied configuration: server-side apply, which also creates. */

import {
  apiVersionOf,
  badRequest,
  conflict,
  deepClone,
  formatTime,
  isJsonObject,
  notFound,
  parseApiVersion,
  StatusError,
  type JsonObject,
} from '@berth/meta'
import { alwaysThere } from '../fieldmanager/always-there.ts'
import { applyConfig, type ApplyRequest } from '../fieldmanager/apply.ts'
import { checkConfig, nameOfConfig } from '../fieldmanager/check-config.ts'
import { applyConflict } from '../fieldmanager/conflicts.ts'
import { kubectl, lastAppliedOf, setLastApplied, withoutLastApplied } from '../fieldmanager/last-applied.ts'
import { noManagers, readManagers, type Managers } from '../fieldmanager/managers.ts'
import { recordUpdate } from '../fieldmanager/record-update.ts'
import { forbidden } from '../server/attributes.ts'
import type { StoredObject } from '../storage/store.ts'
import type { ApiAnswer } from '../transport.ts'
import { answerObject, decodeFor } from './answer.ts'
import { readYaml } from './body.ts'
import type { ApiObject } from './api-object.ts'
import type { ObjectCall } from './call.ts'
import { createOnce } from './create.ts'
import { decodeObject } from './decode-object.ts'
import { managedKind, servedOwners, setManagers, writeOf } from './managed-fields.ts'
import { parseJson, type ParsedDocument } from './parse-json.ts'
import { isStoreConflict, placeOf, type Written } from './persist.ts'
import { tryReplace } from './replace.ts'
import { checkPlace, setOnCreate } from './server-fields.ts'
import { settledState } from './settled.ts'
import { stateOf } from './stored-form.ts'
import { checkFieldManager, readFieldValidation, readForce, type FieldValidation } from './write-options.ts'
import { subresourceOf, type WriteTarget } from './write-target.ts'

export const applyPatch = 'application/apply-patch+yaml'

/** Owner of all there was before anybody's fields were recorded. */
const beforeFirstApply = 'before-first-apply'

interface Application {
  target: WriteTarget
  config: JsonObject
  force: boolean
}

/** @throws {StatusError} Conflict that names the owners of what the configuration would change, BadRequest, Invalid, NotFound */
export async function apply(call: ObjectCall, target: WriteTarget): Promise<ApiAnswer> {
  const { services } = call
  const { config, force } = await readApply(call)
  const application: Application = { target, config: relevantPart(call, config, target), force }
  const { collection, key } = placeOf(call, call.name)
  const { code, value } = await services.locks.run(`${collection}/${key}`, async () => {
    for (let failures = 0; ; failures += 1) {
      const current = services.store.get(collection, key)
      const written =
        current === undefined ? await tryCreate(call, application) : await applyTo(call, current, application, failures)
      if (written !== undefined) return { code: current === undefined ? 201 : 200, ...written }
    }
  })
  return answerObject(call, code, value)
}

/**
 * What a request wants applied.
 * @throws {StatusError} BadRequest, Invalid
 */
export async function readApply(call: ObjectCall): Promise<Pick<Application, 'config' | 'force'>> {
  const { query } = call.request
  const force = readForce(query, true)
  const fieldValidation = readFieldValidation('patch', query)
  checkFieldManager('patch', query)
  const document = await readConfig(call)
  const config = checkedConfig(call, document.value)
  reportDuplicates(call, document.duplicates, fieldValidation)
  return { config, force }
}

async function readConfig(call: ObjectCall): Promise<ParsedDocument> {
  const { request, services } = call
  const bytes = await request.body()
  try {
    return readYaml(bytes, services.limits)
  } catch (error) {
    if (!(error instanceof StatusError) || error.status.reason !== 'BadRequest') throw error
    throw badRequest(`error decoding YAML: ${error.message}`)
  }
}

/** @throws {StatusError} BadRequest when it is of another kind, speaks of owners, or does not fit the schema */
function checkedConfig(call: ObjectCall, value: ParsedDocument['value']): JsonObject {
  const { definition, version } = call
  const config = value === null ? {} : value
  if (!isJsonObject(config)) {
    throw badRequest('error decoding YAML: json: cannot unmarshal the body of the request: expected an object')
  }
  const text = (key: string): string => (typeof config[key] === 'string' ? config[key].slice(0, 256) : '')
  if (text('apiVersion') !== apiVersionOf({ group: definition.group, version }) || text('kind') !== definition.kind) {
    const said = parseApiVersion(text('apiVersion'))
    throw badRequest(`invalid object type: ${said.group}/${said.version}, Kind=${text('kind')}`)
  }
  const { metadata } = config
  if (isJsonObject(metadata) && (metadata['managedFields'] ?? undefined) !== undefined) {
    throw badRequest('metadata.managedFields must be nil')
  }
  checkConfig(config, { ...managedKind(call), what: nameOfConfig(config) })
  return config
}

function reportDuplicates(call: ObjectCall, duplicates: readonly string[], fieldValidation: FieldValidation): void {
  if (duplicates.length === 0 || fieldValidation === 'Ignore') return
  const texts = duplicates.slice(0, 50).map((field) => `duplicate field ${JSON.stringify(field)}`)
  if (fieldValidation === 'Strict') throw badRequest(`error strict decoding YAML: ${texts.join(', ')}`)
  for (const text of texts) call.warn(text)
}

/** What the target lets a write change: only that can be claimed. */
function relevantPart({ definition }: ObjectCall, config: JsonObject, target: WriteTarget): JsonObject {
  if (definition.status !== true) return config
  if (target === 'main') {
    const { status: _, ...rest } = config
    return rest
  }
  const { apiVersion = '', kind = '', metadata = {}, status } = config
  const { labels, annotations, finalizers, ...place } = isJsonObject(metadata) ? metadata : {}
  const { name, namespace, uid, resourceVersion } = place
  const shared = definition.strategicMerge === true ? { labels, annotations, finalizers } : {}
  const known = Object.entries({ name, namespace, uid, resourceVersion, ...shared })
  return {
    apiVersion,
    kind,
    metadata: Object.fromEntries(known.flatMap(([key, value]) => (value === undefined ? [] : [[key, value]]))),
    ...(target === 'status' ? (status === undefined ? {} : { status }) : target.claimed(config)),
  }
}

async function applyTo(
  call: ObjectCall,
  current: StoredObject,
  application: Application,
  failures: number,
): Promise<Written | undefined> {
  const { target } = application
  const live = decodeFor(call, current.value)
  const stored = readManagers(live.metadata.managedFields)
  delete live.metadata.managedFields
  const managers = stored.size === 0 ? firstOwners(call, live, target) : servedOwners(call, stored)
  const { object, owners } = merged(call, { live, managers, application })
  const previous = stateOf(call.definition, call.version, current.value)
  const settled = settledState(call.definition, current.value, previous)
  return tryReplace(call, { current, previous, object, target, owners, settled }, failures)
}

/** An object nobody was recorded for belongs to a manager of its own, so that what others set is not taken silently. */
function firstOwners(call: ObjectCall, live: ApiObject, target: WriteTarget): Managers {
  const before: JsonObject = alwaysThere(call.definition)
  const { status } = live
  // The same status on both sides is nobody's doing.
  if (target === 'main' && call.definition.status === true && status !== undefined) before['status'] = status
  const write = { ...writeOf(call, subresourceOf(target)), manager: beforeFirstApply }
  return recordUpdate(noManagers, { before, after: live, kind: managedKind(call), write })
}

interface Merging {
  live: ApiObject
  managers: Managers
  application: Application
}

/** @throws {StatusError} Conflict */
function merged(call: ObjectCall, { live, managers, application }: Merging): { object: ApiObject; owners: Managers } {
  const { force, target } = application
  // What is stored is changed in place on its way; another try needs the configuration as it came.
  const config = deepClone(application.config)
  const kind = managedKind(call)
  const write = { ...writeOf(call, subresourceOf(target)), time: formatTime(call.now) }
  const request: ApplyRequest = { live, config, managers, kind, write, force }
  let result = applyConfig(request)
  if (result.kind === 'conflicts' && write.manager === kubectl) {
    const lastApplied = lastAppliedIn(call, live)
    const { conflicts } = result
    const left = lastApplied === undefined ? conflicts : withoutLastApplied(conflicts, { live, lastApplied, kind })
    result = left.length === 0 ? applyConfig({ ...request, force: true }) : { kind: 'conflicts', conflicts: left }
  }
  if (result.kind === 'conflicts') throw applyConflict(result.conflicts)
  const { object } = result
  if (write.manager === kubectl && lastAppliedOf(object) !== undefined) setLastApplied(object, application.config)
  const decoded = decodeObject(call, { value: object, duplicates: [] }, { fieldValidation: 'Ignore' })
  return { object: decoded, owners: result.managers }
}

/** What kubectl's annotation says it applied last; undefined when it says nothing of this version that can be read. */
function lastAppliedIn({ definition, version, services }: ObjectCall, live: ApiObject): JsonObject | undefined {
  const text = lastAppliedOf(live)
  if (text === undefined) return undefined
  try {
    const { value } = parseJson(Buffer.from(text), services.limits.jsonDepth)
    const expected = apiVersionOf({ group: definition.group, version })
    return isJsonObject(value) && value['apiVersion'] === expected ? value : undefined
  } catch (error) {
    if (error instanceof StatusError) return undefined
    throw error
  }
}

/** Undefined when somebody else created it meanwhile, and the configuration is to be applied to what is there then. */
async function tryCreate(call: ObjectCall, application: Application): Promise<Written | undefined> {
  const { definition, name } = call
  if (application.target !== 'main') throw notFound(definition, name)
  const empty: ApiObject = {
    apiVersion: apiVersionOf({ group: definition.group, version: call.version }),
    kind: definition.kind,
    metadata: {},
  }
  const { object, owners } = merged(call, { live: empty, managers: noManagers, application })
  const { uid = '' } = object.metadata
  if (uid !== '') {
    const why = `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`
    throw conflict(definition, name, why)
  }
  if ((object.metadata.name ?? '') === '') {
    throw badRequest(`the name of the object (${name} based on URL) was undeterminable: name must be provided`)
  }
  checkPlace(call, object, name)
  checkMayCreate(call)
  // An apply says what should be, not what the state it starts from is called.
  delete object.metadata.resourceVersion
  setOnCreate(call, object.metadata)
  const record = (complete: ApiObject): [] => {
    setManagers(complete, owners)
    return []
  }
  try {
    return await createOnce(call, object, { record, options: 'PatchOptions' })
  } catch (error) {
    if (isStoreConflict(error)) return undefined
    throw error
  }
}

/** Who may patch may not create for it. */
function checkMayCreate(call: ObjectCall): void {
  const { definition, namespace, services, user, version } = call
  const attributes = {
    kind: 'resource',
    user,
    verb: 'create',
    group: definition.group,
    version,
    resource: definition.resource,
    ...(namespace === undefined ? {} : { namespace }),
    name: call.name,
  } as const
  const decision = services.authorizer.authorize(attributes)
  if (!decision.allowed) throw forbidden(attributes, decision.reason)
}
